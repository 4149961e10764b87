"""Where a run begins: its plan is made, its folder held, the environment of its jobs set; errors are told in one line."""

import os
import shlex
import socket
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from wsss.plan.chains import merged
from wsss.plan.workflow import Plan
from wsss.run.ending import RUN
from wsss.run.errors import UserError
from wsss.run.lock import hold
from wsss.run.provenance import COMMAND
from wsss.run.refusal import RUN_ID


def load_plan(values: dict[str, Any], typed: Mapping[str, Any]) -> Plan:
    """The plan of a configuration, of which `typed` stood on the command line; a wrong one ends the program with one line
    and exit code 1, before any job."""
    with one_line_for_errors():
        read = dict(read_as_yaml(typed))
        return Plan(merged(values, read), read)


def read_as_yaml(typed: Any) -> Any:
    """Numbers and nulls as such: inside of braces, as in --config 'walk={beta: 6}', Snakemake leaves all as text."""
    if isinstance(typed, Mapping):
        return {key: read_as_yaml(value) for key, value in typed.items()}
    if isinstance(typed, list):
        return [read_as_yaml(value) for value in typed]
    try:
        read = yaml.safe_load(typed) if isinstance(typed, str) else typed
    except yaml.YAMLError:
        return typed
    return read if read is None or type(read) in (int, float) else typed


def hold_folder() -> None:
    """Make this the one run that works in the current folder; while there is another, the program ends with one line."""
    with one_line_for_errors():
        hold(Path("work/.lock"))


def set_environment(config: Any, house: Path, main: bool, targets: Iterable[str] = ()) -> None:
    """Shell variables of the rules: where the stages are, and what jobs run with that no result depends on. `main` is
    the process that a person started; those that run single jobs of it on other machines inherit its name and command.

    They are variables and not params, so that another device or number of workers reruns nothing.
    """
    run = f"--device {config.device}"
    os.environ["STAGES"] = str(house / "stages")
    os.environ["TRAIN"] = f"{run} --threads {config.threads} --workers {config.workers}" + (
        f" --checkpoint-minutes {config.checkpoint_minutes} --checkpoint-steps {config.checkpoint_steps}")
    several = f"torchrun --standalone --nproc-per-node {config.gpus}"
    os.environ["LAUNCH"] = several if config.gpus > 1 else "python"
    os.environ["SHARD"] = f"{run} --threads 1"
    os.environ[RUN] = str(os.getpid())
    if main:
        os.environ[RUN_ID] = f"{socket.gethostname()} {os.getpid()} {time.time()}"
        os.environ[COMMAND] = command_without(sys.argv[1:], set(targets))
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def command_without(arguments: Sequence[str], targets: set[str]) -> str:
    """The Snakemake command that was typed, without its targets."""
    until = arguments.index("--") if "--" in arguments else len(arguments)
    return shlex.join(["snakemake", *(a for a in arguments[:until] if a not in targets)])


@contextmanager
def one_line_for_errors() -> Iterator[None]:
    """End the program with one line and exit code 1 where Snakemake would show where the error came from."""
    try:
        yield
    except UserError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        os._exit(1)
