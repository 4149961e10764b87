"""One run at a time in a folder, by a lock that the kernel frees when its holder ends, however it ends.

Snakemake's own lock outlives a killed run; the default profile turns it off.
"""

import fcntl
import os
import socket
import time
from pathlib import Path
from typing import IO

from wsss.run.errors import UserError

_held: list[IO[str]] = []


def hold(path: Path) -> None:
    """Lock the file `path` until this process ends, or a UserError that says who holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        raise UserError(f"another run works in this folder ({file.read().strip() or 'it has just begun'}); wait for it, "
                        "stop it, or run in another folder")
    file.truncate(0)
    file.write(f"process {os.getpid()} on {socket.gethostname()}, since {time.strftime('%Y-%m-%d %H:%M:%S')}\n")
    file.flush()
    _held.append(file)
