"""The programs `python` and `snakemake` for tests: what they run is a fork of a process that has
imported the libraries (fork_server.py), which saves seconds each time.
"""

import os
import shlex
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
SCRIPT = """#!/bin/bash
case {name}:$1 in python:-*) exec {python} "$@";; esac
exec {python} -IS {client} {socket} "$0" "$@"
"""
"""one of the programs; `python -m` and `python -c` are processes of their own"""


@cache
def program_folder() -> Path:
    """The folder of both programs, which goes with this process; their server starts with it."""
    place = _server()[0]
    words = {"python": sys.executable, "client": FOLDER / "fork_client.py", "socket": place / "s"}
    quoted = {key: shlex.quote(str(value)) for key, value in words.items()}
    for name in ("python", "snakemake"):
        (place / name).write_text(SCRIPT.format(name=name, **quoted))
        (place / name).chmod(0o755)
    return place


@cache
def _server() -> tuple[Path, object, subprocess.Popen]:
    """A temporary folder with the socket `s`, and the server that listens there. It ends with this
    process, which holds its pipe.
    """
    folder = tempfile.TemporaryDirectory(prefix="wsss-")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.join(folder.name, "s"))
        listener.listen(64)
        number = listener.fileno()
        command = [sys.executable, str(FOLDER / "fork_server.py"), str(number)]
        server = subprocess.Popen(
            command, cwd=folder.name, stdin=subprocess.PIPE, pass_fds=[number]
        )
    return Path(folder.name), folder, server
