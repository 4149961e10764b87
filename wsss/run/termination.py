"""Ends a stage early: by SIGTERM, or because the Snakemake run that started it has ended.

The stage cleans up and exits with 143.
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
"""143, the exit code of a shell for a process that SIGTERM ended"""
RUN = "WSSS_RUN"
"""environment variable: the name of the run's process (processes.py); the stage ends with it"""


def end_on_sigterm() -> None:
    """Let SIGTERM raise SystemExit, so that `finally` blocks run and temporary files go."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(signum: int, frame: FrameType | None) -> None:
    sys.exit(TERMINATED)


def end_with_run() -> None:
    """Send this process a SIGTERM when its run ends, even by SIGKILL; exit now if it has ended.

    A run on another machine is not watched. Linux only.
    """
    end_if_orphaned()
    host, run, start = parts_of(os.environ.get(RUN, ""))
    if host != socket.gethostname() or start == UNKNOWN or not hasattr(os, "pidfd_open"):
        return
    try:
        ended = os.pidfd_open(run)
    except OSError:  # the run ended just now, or this process may not watch it
        return end_if_orphaned()
    end_if_orphaned()  # a later process of the same number may have been opened
    threading.Thread(target=_watch, args=(ended,), daemon=True).start()


def end_if_orphaned() -> None:
    """Exit with 143 if the run that started this stage has ended."""
    if is_gone(os.environ.get(RUN, "")):
        sys.exit(TERMINATED)


def _watch(process: int) -> None:
    """Wait until the process behind a file descriptor ends, then send SIGTERM to this process."""
    poll = select.poll()
    poll.register(process, select.POLLIN)
    poll.poll()
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def watch_for_end() -> Iterator[Callable[[], bool]]:
    """Within the block, defer SIGTERM and Ctrl-C. Gives a function that says whether one came.

    The block asks it at places where it can stop. A second Ctrl-C raises KeyboardInterrupt at once.
    Outside of the main thread, which alone can handle signals, nothing is deferred.
    """
    came = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield came.is_set
        return

    def note_signal(signum: int, frame: FrameType | None) -> None:
        if signum == signal.SIGINT and came.is_set():
            raise KeyboardInterrupt
        came.set()

    before = {
        number: signal.signal(number, note_signal) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield came.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
