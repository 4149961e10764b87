"""Locks, signals, stages that end with their run, and trainings that end at a checkpoint."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
import torch

from tests.conftest import NET, PROJECT, check_done
from wsss.run.errors import TransientError, UserError
from wsss.run.lock import hold
from wsss.run.processes import name_of_process
from wsss.run.refusal import RUN_ID
from wsss.run.stage import Stage
from wsss.run.termination import RUN, TERMINATED, watch_for_end
from wsss.training.runtime import lock_folder

HOLD = (
    "import sys, time; sys.path.insert(0, {project!r}); from pathlib import Path; "
    "from wsss.run.lock import hold; "
    "hold(Path({path!r})); print('held', flush=True); time.sleep(60)"
)


def start_python(code, **more):
    """Start a Python process that runs `code`."""
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, **more)


def test_lock_names_its_holder_and_is_released_by_a_sigkill(tmp_path):
    path = tmp_path / "work" / ".lock"
    holder = start_python(HOLD.format(project=str(PROJECT), path=str(path)))
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(UserError, match=f"process {holder.pid} on "):
        hold(path)
    holder.kill()
    holder.wait()
    hold(path)
    assert f"process {os.getpid()}" in path.read_text()


def test_lock_does_not_follow_a_symbolic_link(tmp_path):
    own = tmp_path / "own.txt"
    own.write_text("of somebody")
    (tmp_path / ".lock").symlink_to(own)
    with pytest.raises(UserError, match="symbolic link"):
        hold(tmp_path / ".lock")
    assert own.read_text() == "of somebody"


def test_a_stage_ends_with_the_run_that_started_it(tmp_path):
    run = subprocess.Popen(["sleep", "60"])
    code = (
        f"import sys, time; sys.path.insert(0, {str(PROJECT)!r}); "
        "from wsss.run.files import atomic; "
        "from wsss.run.termination import end_on_sigterm, end_with_run; end_on_sigterm(); "
        "end_with_run()\n"
        f"with atomic({str(tmp_path / 'out')!r}) as t:\n t.write_text('half'); print('begun', "
        "flush=True); time.sleep(60)"
    )
    stage = start_python(code, env={**os.environ, RUN: name_of_process(run.pid)})
    assert stage.stdout.readline() == "begun\n" and len(list(tmp_path.iterdir())) == 1
    run.kill()
    run.wait()
    assert stage.wait(timeout=20) == TERMINATED and not list(tmp_path.iterdir())


def test_sigterm_is_deferred():
    before = signal.getsignal(signal.SIGTERM)
    with watch_for_end() as ending:
        assert not ending()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
        assert ending()
    assert signal.getsignal(signal.SIGTERM) == before


def test_ctrl_c_is_deferred_once():
    with pytest.raises(KeyboardInterrupt), watch_for_end() as ending:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        assert ending()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)


def test_waiting_training_makes_the_removed_folder_again(tmp_path):
    """The holder takes the folder away with its lock; who waited holds a lock that nobody sees,
    unless it looks.
    """
    folder = tmp_path / ".resume-1"
    with lock_folder(folder, "m"):
        waiter = threading.Thread(target=note_lock, args=(folder, tmp_path / "had"))
        waiter.start()
        time.sleep(0.3)
        shutil.rmtree(folder)
    waiter.join(timeout=30)
    assert (tmp_path / "had").read_text() == "True"


def note_lock(folder, answer):
    """Wait for the lock of a folder, then write whether it can be seen there."""
    with lock_folder(folder, "m"):
        answer.write_text(str((folder / "lock").exists()))


@pytest.mark.parametrize(
    ("error", "again"), [(UserError("bad"), False), (TransientError("full"), True)]
)
def test_refused_stage_is_not_tried_again(error, again, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(RUN_ID, "this run")
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    tried = []

    def main(args, settings):
        tried.append(1)
        raise error

    stage = Stage("some.py", "a stage").output("out", "out")
    for _ in range(2):
        with pytest.raises(SystemExit):
            stage.run(main, ["--out", str(tmp_path / "out")])
    assert len(tried) == 1 + again and ("(not tried again)" in capsys.readouterr().err) != again


def test_terminated_training_resumes_at_its_last_step(run_stage, mini_root, tmp_path):
    """SIGTERM in the middle: exit code 143, a checkpoint, and in the end the same bytes as a
    training left alone.
    """
    index, out, alone = tmp_path / "i.json", tmp_path / "ended" / "m", tmp_path / "alone" / "m"
    check_done(run_stage("make_index", "--name", "mini", "--data-root", mini_root, "--out", index))
    words = ["train_classifier", "cam", "--index", index, *NET, "--epochs", "12"]
    script = str(PROJECT / "stages/train_classifier.py")
    command = [sys.executable, script, *map(str, words[1:]), "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert "epoch 1/12" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == TERMINATED and "goes on there" in process.stdout.read()
    state = torch.load(next(out.parent.glob(".resume-*/state-*.pt")), weights_only=True)
    assert 0 < state["step"] < 24
    again = check_done(run_stage(*words, "--out", out))
    assert f"going on at step {state['step']}" in again.stdout
    check_done(run_stage(*words, "--out", alone))
    assert out.read_bytes() == alone.read_bytes()
