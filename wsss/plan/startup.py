"""The start of a run, called by the Snakefile: makes the plan, brings the index up to date, locks
the folder, and sets the environment variables of jobs.

An error ends the program with one line.

The *main process* is the Snakemake that a person started. It starts others that run single jobs,
perhaps on other machines; these read the Snakefile again.
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
from wsss.plan.upkeep import old_folders, size_of
from wsss.run.artifacts import COMMAND, mark_work
from wsss.run.errors import UserError, raise_passing
from wsss.run.files import check_encoding
from wsss.run.lock import hold
from wsss.run.processes import name_of_process
from wsss.run.refusal import RUN_ID
from wsss.run.termination import RUN


def load_plan(values: dict[str, Any], typed: Mapping[str, Any], files: Iterable[Path] = ()) -> Plan:
    """The plan of a configuration: `values` is Snakemake's, `typed` its part from the command line,
    `files` those after --configfile. An error ends the program with exit code 1.
    """
    with one_line_for_errors():
        check_encoding()
        given = read_given(values, typed, files)
        if given.moved and RUN_ID not in os.environ:  # the main process alone prints this
            print(
                f"settings moved: {', '.join(given.moved)}; the old names are understood in this "
                "release only",
                file=sys.stderr,
            )
        return Plan(given.values, given.typed, stated=given.stated)


def prepare_planning(plan: Plan, project: Path, main: bool) -> None:
    """Set the environment of jobs. In the `main` process, bring the index up to date.

    Called while Snakemake reads the Snakefile, in dry runs too: planning depends on the index. The
    lock is taken later, in onstart.
    """
    with one_line_for_errors():
        check_project(project)
    set_environment(plan.config, project, main)
    if main:
        with one_line_for_errors():
            refresh_index(plan.dataset, project)


def check_project(project: Path) -> None:
    """Refuse a project folder with braces: Snakemake would read them as wildcards in the paths of
    its environments, which cannot be escaped.
    """
    if "{" in str(project) or "}" in str(project):
        raise UserError(
            f"the folder of the project, {project}, has braces in its path, which Snakemake reads "
            "as wildcards; rename it or move the project"
        )


def read_forced(asked: Any) -> set[str]:
    """The rules and targets that the user forces, from Snakemake's DAG settings: --forcerun,
    --force and --forceall.
    """
    forced = set(map(str, asked.forcerun))
    if asked.forcetargets:
        forced |= set(map(str, asked.targets))
    return forced | ({ALL} if asked.forceall else set())


def hold_folder() -> None:
    """Lock the current folder for this run, and mark work/ as a work folder. If another run holds
    the lock, the program ends with one line.
    """
    with one_line_for_errors():
        hold(Path("work/.lock"))
        check_logs(Path("logs"))
        mark_work(Path("work"))
        print_old_folders()


def set_environment(config: Any, project: Path, main: bool) -> None:
    """Set the environment variables that the rules' shell commands use: where the stages are, and
    how jobs run.

    They are not params of the rules, so that no rerun trigger sees them, whatever the profile:
    another device or number of workers must rerun nothing. (Only the last bits of a training depend
    on its threads.) Processes for single jobs inherit the variable WSSS_RUN_ID, which names the
    whole run, from the `main` process.
    """
    device = f"--device {config.device}"
    os.environ["STAGES"] = str(project / "stages")
    os.environ["TRAIN"] = f"{device} --threads {config.threads} --workers {config.workers}" + (
        f" --checkpoint-minutes {config.checkpoint_minutes} --checkpoint-steps "
        f"{config.checkpoint_steps}"
    )
    several = f"torchrun --standalone --nproc-per-node {config.gpus}"
    os.environ["LAUNCH"] = several if config.gpus > 1 else "python"
    os.environ["SHARD"] = f"{device} --threads 1"
    os.environ[RUN] = name_of_process(os.getpid())
    if main:
        os.environ[RUN_ID] = f"{socket.gethostname()} {os.getpid()} {time.time()}"
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def check_logs(folder: Path) -> None:
    """Refuse a link below the folder of logs, which may itself be one: the shell, and Snakemake's
    benchmarks, would empty the file that it leads to. Refuse a pipe, too, which would block them.
    """
    for place, folders, files in os.walk(folder, onerror=raise_passing):
        for path in (Path(place, name) for name in (*folders, *files)):
            if path.is_symlink():
                raise UserError(
                    f"{path} is a symbolic link, and the file that it leads to would be "
                    "overwritten; delete the link (logs/ itself may be one)"
                )
            if not (path.is_file() or path.is_dir()):
                raise UserError(f"{path} is a pipe or a device, where a log has to be; delete it")


def print_old_folders() -> None:
    """Print one line on folders of an earlier version in work/, which are never read."""
    old = old_folders()
    if old:
        size = sum(map(size_of, old))
        print(
            f"work/ holds {len(old)} folders of an earlier version ({size / 1e6:.0f} MB, the first "
            f"is {old[0].name}), which are not read; 'snakemake -n -p clean_unused' with the "
            "settings of your runs shows what would be deleted (docs/upgrading.md)",
            file=sys.stderr,
        )


def name_command(targets: Iterable[str]) -> None:
    """Put the typed command, without its targets, into the environment. Jobs print it with an error
    that says how to remake an artifact (run/artifacts.py).
    """
    os.environ[COMMAND] = command_without(sys.argv[1:], set(targets))


def command_without(arguments: Sequence[str], targets: set[str]) -> str:
    """The Snakemake command of these arguments, without targets and without all after "--"."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [argument for argument in arguments[:end] if argument not in targets]
    return shlex.join(["snakemake", *kept])
