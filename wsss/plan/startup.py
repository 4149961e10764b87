"""The start of a run: it makes the plan, brings the index up to date, holds the folder, and sets
the environment of jobs.

An error is one line.
"""

import os
import shlex
import socket
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wsss.plan.functions import one_line_for_errors
from wsss.plan.given import read_given
from wsss.plan.plan import Plan
from wsss.plan.refresh import refresh_index
from wsss.plan.staleness import ALL
from wsss.plan.upkeep import old_folders
from wsss.run.artifacts import COMMAND, mark_work
from wsss.run.lock import hold
from wsss.run.processes import name_of_process
from wsss.run.refusal import RUN_ID
from wsss.run.termination import RUN


def load_plan(values: dict[str, Any], typed: Mapping[str, Any], files: Iterable[Path] = ()) -> Plan:
    """The plan of a configuration. It was read from `files`; `typed` is its part from the command
    line. A wrong one ends the program with one line and exit code 1, before any job.
    """
    with one_line_for_errors():
        given = read_given(values, typed, files)
        if given.moved and RUN_ID not in os.environ:  # the jobs of a run read the same again
            print(
                f"settings moved: {', '.join(given.moved)}; the old names are understood in this "
                "release only",
                file=sys.stderr,
            )
        return Plan(given.values, given.typed, stated=given.stated)


def start_run(plan: Plan, project: Path, main: bool) -> None:
    """Set the environment of jobs; in the process that a person started, see that the index is of
    the photos as they are.
    """
    set_environment(plan.config, project, main)
    if main:
        with one_line_for_errors():
            refresh_index(plan.dataset, project)


def read_forced(asked: Any) -> set[str]:
    """The rules and files that Snakemake must make again, by its DAG settings: -R, -f and -F."""
    forced = set(map(str, asked.forcerun))
    if asked.forcetargets:
        forced |= set(map(str, asked.targets))
    return forced | ({ALL} if asked.forceall else set())


def hold_folder() -> None:
    """Make this the one run that works in the current folder; while there is another, the program
    ends with one line.
    """
    with one_line_for_errors():
        hold(Path("work/.lock"))
        mark_work(Path("work"))
        tell_of_old_folders()


def set_environment(config: Any, project: Path, main: bool) -> None:
    """Shell variables of the rules: where the stages are, and how jobs run. None of them reruns
    anything, though the last bits of a training depend on its threads.

    `main` is the process that a person started; those that run single jobs of it on other machines
    inherit its name.

    They are variables and not params, so that another device or number of workers reruns nothing.
    """
    run = f"--device {config.device}"
    os.environ["STAGES"] = str(project / "stages")
    os.environ["TRAIN"] = f"{run} --threads {config.threads} --workers {config.workers}" + (
        f" --checkpoint-minutes {config.checkpoint_minutes} --checkpoint-steps "
        f"{config.checkpoint_steps}"
    )
    several = f"torchrun --standalone --nproc-per-node {config.gpus}"
    os.environ["LAUNCH"] = several if config.gpus > 1 else "python"
    os.environ["SHARD"] = f"{run} --threads 1"
    os.environ[RUN] = name_of_process(os.getpid())
    if main:
        os.environ[RUN_ID] = f"{socket.gethostname()} {os.getpid()} {time.time()}"
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def tell_of_old_folders() -> None:
    """Print in one line what an earlier version left in work/. It is never read."""
    old = old_folders()
    if old:
        size = sum(map(_size_of, old))
        print(
            f"work/ holds {len(old)} folders of an earlier version ({size / 1e6:.0f} MB, the first "
            f"is {old[0].name}), which are not read; snakemake clean_unused deletes them",
            file=sys.stderr,
        )


def _size_of(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def name_command(targets: Iterable[str]) -> None:
    """Tell jobs the command that was typed, without its targets, for what they say of remaking
    artifacts.
    """
    os.environ[COMMAND] = command_without(sys.argv[1:], set(targets))


def command_without(arguments: Sequence[str], targets: set[str]) -> str:
    """The Snakemake command that was typed, without its targets."""
    until = arguments.index("--") if "--" in arguments else len(arguments)
    return shlex.join(["snakemake", *(a for a in arguments[:until] if a not in targets)])
