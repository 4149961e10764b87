"""Stages whose run was killed, and starts that slept: what was made meanwhile stays."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import PROJECT
from wsss.run.artifacts import verify
from wsss.run.code import Code
from wsss.run.processes import UNKNOWN, is_gone, name_of_process, start_of
from wsss.run.records import read_record
from wsss.run.termination import RUN, TERMINATED

SCRIPT = """
import sys, time
from pathlib import Path
sys.path.insert(0, {project!r})
from wsss.run.files import write_json
from wsss.run.stage import Stage

def main(args, settings):
    folder = Path(args.out).parent
    (folder / f"{{args.who}}.in").touch()
    while not (folder / f"{{args.who}}.go").exists():
        time.sleep(0.01)
    write_json(args.out, args.who)
    write_json(f"{{args.out}}.json", args.who)

STAGE = Stage("write_labels.py", "waits, then writes who it is")
STAGE.output("out", "out").option("who", "who")
STAGE.run(main)
"""


class Stages:
    """Real processes that make one artifact; all end with the test."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out, self.processes = folder, folder / "out", []
        self.run = self._start(["sleep", "120"])
        (folder / "stage.py").write_text(SCRIPT.format(project=str(PROJECT)))

    def _start(self, command: list[str], **more) -> subprocess.Popen:
        self.processes.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **more))
        return self.processes[-1]

    def begin(self, who: str, run: str | None = None) -> subprocess.Popen:
        """Start a stage and wait until it is at work, or has ended."""
        named = {**os.environ, RUN: run or name_of_process(self.run.pid)}
        script = [sys.executable, str(self.folder / "stage.py")]
        stage = self._start([*script, "--out", str(self.out), "--who", who], env=named)
        while not (self.folder / f"{who}.in").exists() and stage.poll() is None:
            time.sleep(0.01)
        return stage

    def freeze(self, stage: subprocess.Popen) -> None:
        stage.send_signal(signal.SIGSTOP)
        while Path(f"/proc/{stage.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.01)

    def end(self, who: str, stage: subprocess.Popen) -> tuple[int, str]:
        """Let a stage write; gives its exit code and what it told."""
        (self.folder / f"{who}.go").touch()
        stage.send_signal(signal.SIGCONT)
        _, told = stage.communicate(timeout=60)
        return stage.returncode, told

    def made_by(self) -> set[str]:
        return {json.loads(path.read_text()) for path in (self.out, Path(f"{self.out}.json"))}

    def hidden(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob(".*"))


@pytest.fixture
def stages(tmp_path):
    found = Stages(tmp_path)
    yield found
    for process in found.processes:
        process.kill()
        process.wait()


def test_suspended_start_drops_its_work_when_a_later_one_has_finished(stages):
    first = stages.begin("first")
    stages.freeze(first)
    second = stages.begin("second")
    assert stages.end("second", second) == (0, "")
    code, told = stages.end("first", first)
    assert code == 1 and told.count("\n") == 1 and "another start of this stage has made" in told
    assert stages.made_by() == {"second"} and stages.hidden() == []
    assert verify(stages.out) == next(iter(read_record(stages.out).outputs.values()))


def test_both_starts_write_when_the_later_one_still_runs(stages):
    first, second = stages.begin("first"), stages.begin("second")
    assert stages.end("first", first) == (0, "") and stages.made_by() == {"first"}
    assert stages.end("second", second) == (0, "") and stages.made_by() == {"second"}
    assert verify(stages.out) and stages.hidden() == []


def test_existing_artifact_is_replaced(stages):
    for who in ("first", "second"):
        assert stages.end(who, stages.begin(who)) == (0, "") and stages.made_by() == {who}


def test_first_start_writes_when_the_later_one_was_killed(stages):
    first, second = stages.begin("first"), stages.begin("second")
    second.kill()
    second.wait()
    assert stages.end("first", first) == (0, "") and stages.made_by() == {"first"}


def test_suspended_stage_of_a_killed_run_writes_nothing(stages):
    stage = stages.begin("first")
    stages.freeze(stage)
    stages.run.kill()
    stages.run.wait()
    assert stages.end("first", stage)[0] == TERMINATED
    assert not stages.out.exists() and stages.hidden() == []


def test_stage_of_an_ended_run_does_not_begin(stages):
    name = name_of_process(stages.run.pid)
    stages.run.kill()
    stages.run.wait()
    stage = stages.begin("first", name)
    assert stage.wait(timeout=60) == TERMINATED
    assert not (stages.folder / "first.in").exists() and stages.hidden() == []


def test_later_process_with_the_same_id_is_not_the_run(stages):
    host, number, start = name_of_process(stages.run.pid).split()
    assert stages.begin("first", f"{host} {number} {int(start) - 1}").wait(timeout=60) == TERMINATED


@pytest.mark.parametrize("name", ["elsewhere 1 1", "1", "", "a b c"])
def test_run_on_another_host_is_not_watched(name, stages):
    assert stages.end("first", stages.begin("first", name or " ")) == (0, "")


def test_process_names_tell_whether_a_process_has_ended():
    own, zombie = os.getpid(), subprocess.Popen(["true"])
    while start_of(zombie.pid) != UNKNOWN:  # ended, and nobody has asked how
        time.sleep(0.01)
    zombie.wait()
    assert not is_gone(name_of_process(own))
    assert is_gone(f"{socket.gethostname()} {own} {start_of(own) + 1}")
    assert not is_gone(f"{socket.gethostname()} {own} {UNKNOWN}")  # where the system does not tell


def test_record_has_the_code_digest_of_the_start_of_the_stage(tmp_path, stages):
    """The code is edited while the stage runs: the record shows that it is of the old code."""
    project = tmp_path / "project"
    for folder in ("wsss", "stages"):
        (project / folder).parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-r", str(PROJECT / folder), str(project / folder)], check=True)
    (tmp_path / "stage.py").write_text(SCRIPT.format(project=str(project)))
    before = Code(project).digest("stages/write_labels.py")
    stage = stages.begin("first")
    with (project / "wsss/run/launch.py").open("a") as source:
        source.write("\nEDITED = True\n")
    assert Code(project).digest("stages/write_labels.py") != before
    assert stages.end("first", stage) == (0, "") and read_record(stages.out).code == before
