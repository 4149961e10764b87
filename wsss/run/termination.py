"""How a stage ends early: by SIGTERM, or because the run that started it is gone.

It cleans up and exits with 143.
"""

import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from wsss.run.processes import UNKNOWN, is_gone, parts_of

TERMINATED = 128 + signal.SIGTERM
RUN = "WSSS_RUN"
"""environment variable: the name of the process that started the stage, which ends with it"""


def end_on_sigterm() -> None:
    """Let SIGTERM end this process as an exception does, so that what it began is cleaned up."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(signum: int, frame: FrameType | None) -> None:
    sys.exit(TERMINATED)


def end_with_run() -> None:
    """Send this process a SIGTERM when its run has ended, were it by SIGKILL; end now if it has.

    A run on another machine is not watched. Linux only.
    """
    end_if_orphaned()
    host, run, start = parts_of(os.environ.get(RUN, ""))
    if host != socket.gethostname() or start == UNKNOWN or not hasattr(os, "pidfd_open"):
        return
    try:
        ended = os.pidfd_open(run)
    except OSError:  # it ended just now, or this process may not watch it
        return end_if_orphaned()
    end_if_orphaned()  # what was opened may be a later process of the same number
    threading.Thread(target=_watch, args=(ended,), daemon=True).start()


def end_if_orphaned() -> None:
    """Exit with 143 when the run that started this stage is gone."""
    if is_gone(os.environ.get(RUN, "")):
        sys.exit(TERMINATED)


def _watch(gone: int) -> None:
    poll = select.poll()
    poll.register(gone, select.POLLIN)
    poll.poll()
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def watch_for_end() -> Iterator[Callable[[], bool]]:
    """Put SIGTERM and Ctrl-C off: gives a function that tells whether one came.

    For work that ends at a place of its own choice. A second Ctrl-C ends it at once.
    """
    came = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield came.is_set
        return

    def ask(signum: int, frame: FrameType | None) -> None:
        if signum == signal.SIGINT and came.is_set():
            raise KeyboardInterrupt
        came.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield came.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
