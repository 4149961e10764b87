"""Unique names of processes. The system gives a process number again after its process has ended,
so a name also has the time when the process started.
"""

import socket
from pathlib import Path

from wsss.run.errors import raise_passing

UNKNOWN = 0
"""stands for the start of a process where the system does not say it"""


def start_of(process: int) -> int:
    """When a running process started, in clock ticks since the boot; UNKNOWN if it has ended.

    `process` is its number.
    """
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise_passing(error)
        return UNKNOWN
    # "PID (NAME) STATE ...", man 5 proc; the name may hold spaces, and the start is field 22
    fields = status.rpartition(")")[2].split()
    state, start = fields[0], fields[19]
    zombie_or_dead = state in "ZX"
    return UNKNOWN if zombie_or_dead else int(start)


def name_of_process(process: int) -> str:
    """HOST PID START, the unique name of a process of this machine."""
    return f"{socket.gethostname()} {process} {start_of(process)}"


def is_gone(name: str) -> bool:
    """Whether the process `name` has ended. False for processes of other machines, and for a name
    without a start.
    """
    host, process, start = parts_of(name)
    return host == socket.gethostname() and start != UNKNOWN and start_of(process) != start


def parts_of(name: str) -> tuple[str, int, int]:
    """Host, number and start in the name of a process; ("", 0, UNKNOWN) for any other text."""
    parts = name.split()
    if len(parts) != 3 or not (parts[1].isdecimal() and parts[2].isdecimal()):
        return "", 0, UNKNOWN
    return parts[0], int(parts[1]), int(parts[2])
