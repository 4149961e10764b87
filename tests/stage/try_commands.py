"""Tries commands one after the other in the current folder, a copy of the project.

    python try_commands.py < commands.json > answers.json

A command is a list of words. Every one runs in a fork of this process, which has loaded Snakemake
once, so a dry run costs a fifth of what it costs by itself. An answer is [exit code, output].

- `snakemake` runs dry, except show_recipe, which only prints.
- `python stages/X.py` runs if it is one of RUN or asks for help. Of other scripts the arguments are
  read, and nothing runs: their inputs are not there.
- `python -m MODULE` runs.
- `make` runs dry, and `export` in a shell whose `make` runs dry.
"""

import json
import os
import runpy
import subprocess
import sys
import tempfile

sys.path.insert(0, os.getcwd())
import snakemake.cli

from wsss.plan.config import config_model
from wsss.plan.startup import load_plan
from wsss.run.stage import Stage

RUN = ("new_dataset.py", "index_folder.py", "make_index.py")


def load_what_all_need():
    """Modules and tables that every fork would otherwise load anew."""
    snakemake.cli.parse_args(["--dry-run"])
    load_plan({**config_model()().model_dump(), "dataset": "mini"}, {})


def try_snakemake(words):
    dry = [] if "show_recipe" in words else ["-n"]
    snakemake.cli.main([*dry, *words])


def try_python(words):
    if words[0] == "-m":
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        return
    if os.path.basename(words[0]) not in RUN:
        Stage.run = read_arguments
    sys.argv = list(words)
    sys.path.insert(0, os.path.dirname(words[0]))
    runpy.run_path(words[0], run_name="__main__")


def read_arguments(stage, main):
    """In place of `Stage.run`: wrong usage ends the process as it would there."""
    stage._line.parse(sys.argv[1:])


def try_make(words):
    sys.exit(subprocess.run(["make", "--dry-run", *words]).returncode)


def try_export(words):
    environment = {**os.environ, "MAKEFLAGS": "--dry-run"}
    sys.exit(subprocess.run(["bash", "-ec", words[0]], env=environment).returncode)


TRIES = {
    "snakemake": try_snakemake,
    "python": try_python,
    "make": try_make,
    "export": try_export,
}


def answer(program, words):
    """[exit code, output] of a command, in a fork."""
    with tempfile.TemporaryFile("w+") as output:
        child = os.fork()
        if child == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            os._exit(code_of(program, words))
        status = os.waitpid(child, 0)[1]
        output.seek(0)
        return [os.waitstatus_to_exitcode(status), output.read()]


def code_of(program, words):
    try:
        TRIES[program](words)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    commands = json.load(sys.stdin)
    load_what_all_need()
    answers = [answer(program, words) for program, *words in commands]
    json.dump(answers, sys.stdout)
