"""Names of processes that no later process has: a number with the time when it started."""

import socket
from pathlib import Path

UNKNOWN = 0
"""the start of a process where the system does not tell it"""


def start_of(process: int) -> int:
    """When a living process started, in clock ticks since the boot; UNKNOWN if it has ended."""
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return UNKNOWN
    fields = status.rpartition(")")[2].split()  # the name before it may hold spaces
    state, start = fields[0], fields[19]
    return UNKNOWN if state in "ZX" else int(start)


def name_of_process(process: int) -> str:
    """HOST PID START, which names this process and never another one."""
    return f"{socket.gethostname()} {process} {start_of(process)}"


def is_gone(name: str) -> bool:
    """Whether the process of that name, of this machine, has ended; False where nobody knows."""
    host, process, start = parts_of(name)
    return host == socket.gethostname() and start != UNKNOWN and start_of(process) != start


def parts_of(name: str) -> tuple[str, int, int]:
    """Host, number and start of a named process; an empty host where `name` is no such name."""
    parts = name.split()
    if len(parts) != 3 or not (parts[1].isdecimal() and parts[2].isdecimal()):
        return "", 0, UNKNOWN
    return parts[0], int(parts[1]), int(parts[2])
