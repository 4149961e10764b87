"""Runs Snakemake and stages for tests, each in a fork of one process that has imported their
libraries. To import torch and Snakemake takes longer than a small job.

    python tests/fork_server.py SOCKET < PIPE

`SOCKET` is the file descriptor of a listening socket. What fork_client.py asks for there runs as if
in a process of its own: in its folder, with its environment and its standard streams. No module of
this project is imported before the fork, since each copy of the project has its own. The server
ends when the pipe is closed.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import socket
import sys
import traceback
from contextlib import suppress

LIBRARIES = (
    "h5py",
    "matplotlib.figure",
    "numba",
    "pydantic",
    "pydensecrf.densecrf",
    "safetensors.torch",
    "scipy.ndimage",
    "scipy.sparse.csgraph",
    "segmentation_models_pytorch",
    "skimage.measure",
    "skimage.segmentation",
    "smart_open",
    "snakemake.cli",
    "torchvision.transforms.v2",
    "tqdm",
)
"""what is slow to import, of stages and of Snakemake; the others come with it"""


def import_libraries():
    """Import `LIBRARIES`, and the plugins that Snakemake loads when it reads its arguments."""
    for name in LIBRARIES:
        importlib.import_module(name)
    sys.modules["snakemake.cli"].parse_args(["--dry-run"])
    gc.collect()
    gc.freeze()


def wait_for_command(listener):
    """Start a fork for each command, and send its exit code to who asked for it.

    Returns only in a fork: the folder, the environment and the words of its command.
    """
    running = {}  # file descriptor of a fork -> its process, and the connection that waits for it
    while True:
        ready = select.select([listener, sys.stdin, *running], [], [])[0]
        if sys.stdin in ready:
            os._exit(0)
        for ended in running.keys() & set(ready):
            report_end(ended, *running.pop(ended))
        if listener not in ready:
            continue
        client, asked, streams = receive(listener)
        process = os.fork()
        if process == 0:
            for open_socket in (listener, client, *(other for _, other in running.values())):
                open_socket.close()
            take_streams(streams)
            return asked
        for stream in streams:
            os.close(stream)
        running[os.pidfd_open(process)] = process, client


def receive(listener):
    """The connection of a client, what it asks for, and its three standard streams."""
    client, _ = listener.accept()
    _, streams, _, _ = socket.recv_fds(client, 1, 3)
    with client.makefile("rb") as file:
        return client, json.load(file), streams


def take_streams(streams):
    """Make three file descriptors the standard streams of this process. Python's own are opened
    anew: they remember whether they can seek.
    """
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = sys.__stdin__ = os.fdopen(0, closefd=False)
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.__stderr__ = os.fdopen(
        2, "w", buffering=1, errors="backslashreplace", closefd=False
    )


def report_end(ended, process, client):
    """Send the exit code of a fork that has ended; of one that was killed as a shell gives it."""
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    with client, suppress(OSError):  # the client may have been killed
        client.sendall(str(code if code >= 0 else 128 - code).encode())
    os.close(ended)


def run(folder, environment, words):
    """Run the command as the main program of this process; gives its exit code."""
    try:
        run_program(folder, environment, words)
    except SystemExit as end:
        if isinstance(end.code, int | None):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def run_program(folder, environment, words):
    """Run the command, which may raise anything."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    program, *arguments = words
    if os.path.basename(program) == "snakemake":
        sys.argv = [program, *arguments]
        sys.executable = os.path.join(os.path.dirname(program), "python")  # jobs are forks, too
        sys.modules["snakemake.cli"].main()
    sys.argv = arguments
    script = os.path.realpath(arguments[0])
    sys.path[0] = os.path.dirname(script)
    runpy.run_path(script, run_name="__main__")


def leave():
    """End this process without taking it down module by module, which takes half a second since a
    fork copies what it touches.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


if __name__ == "__main__":
    exit_code = 1
    atexit.register(leave)  # the first one registered is the last one called
    import_libraries()
    command = wait_for_command(socket.socket(fileno=int(sys.argv[1])))
    exit_code = run(*command)
