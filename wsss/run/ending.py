"""How a stage ends early: by SIGTERM, or because the run that started it is gone. It cleans up and exits with 143."""

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

TERMINATED = 128 + signal.SIGTERM
RUN = "WSSS_RUN"
"""environment variable: the process that started the stage, which ends with it"""


def end_on_sigterm() -> None:
    """Let SIGTERM end this process as an exception does, so that what it has begun is cleaned up."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(signum: int, frame: FrameType | None) -> None:
    sys.exit(TERMINATED)


def end_with_run() -> None:
    """Send this process a SIGTERM when the run that started it has ended, were it by SIGKILL. Linux only."""
    run = os.environ.get(RUN, "")
    if not run.isdigit() or not hasattr(os, "pidfd_open"):
        return
    try:
        gone = os.pidfd_open(int(run))
    except OSError:  # it has ended already, or is of another machine
        return
    threading.Thread(target=_watch, args=(gone,), daemon=True).start()


def _watch(gone: int) -> None:
    poll = select.poll()
    poll.register(gone, select.POLLIN)
    poll.poll()
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def asked_to_end() -> Iterator[Callable[[], bool]]:
    """Put SIGTERM and Ctrl-C off: gives a function that tells whether one came. For work that ends at a place of its own
    choice. A second Ctrl-C ends it at once."""
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
