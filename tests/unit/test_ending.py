"""Locks that end with their holder, stages that end with their run, trainings that end at a
checkpoint.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
import torch

from tests.conftest import PROJECT
from tests.stage.test_scripts import NET
from wsss.run.errors import TransientError, UserError
from wsss.run.files import atomic
from wsss.run.lock import hold
from wsss.run.processes import name_of_process, start_of
from wsss.run.refusal import RUN_ID
from wsss.run.stage import Stage
from wsss.run.termination import RUN, TERMINATED, watch_for_end
from wsss.training.runtime import lock_folder

HOLD = (
    "import sys, time; sys.path.insert(0, {project!r}); from pathlib import Path; "
    "from wsss.run.lock import hold; "
    "hold(Path({path!r})); print('held', flush=True); time.sleep(60)"
)


def python(code, **more):
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, **more)


def test_a_lock_says_who_holds_it_and_ends_with_a_sigkill(tmp_path):
    path = tmp_path / "work" / ".lock"
    holder = python(HOLD.format(project=str(PROJECT), path=str(path)))
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(UserError, match=f"process {holder.pid} on "):
        hold(path)
    holder.kill()
    holder.wait()
    hold(path)
    assert f"process {os.getpid()}" in path.read_text()


def test_a_lock_does_not_follow_a_link(tmp_path):
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
    stage = python(code, env={**os.environ, RUN: name_of_process(run.pid)})
    assert stage.stdout.readline() == "begun\n" and len(list(tmp_path.iterdir())) == 1
    run.kill()
    run.wait()
    assert stage.wait(timeout=20) == TERMINATED and not list(tmp_path.iterdir())


def test_sigterm_is_put_off():
    before = signal.getsignal(signal.SIGTERM)
    with watch_for_end() as ending:
        assert not ending()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
        assert ending()
    assert signal.getsignal(signal.SIGTERM) == before


def test_ctrl_c_is_put_off_once():
    with pytest.raises(KeyboardInterrupt), watch_for_end() as ending:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        assert ending()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)


def test_who_waited_for_a_training_that_finished_makes_the_folder_anew(tmp_path):
    """The holder takes the folder away with its lock; who waited holds a lock that nobody sees,
    unless it looks.
    """
    folder = tmp_path / ".resume-1"
    with lock_folder(folder, "m"):
        waiter = threading.Thread(target=waits, args=(folder, tmp_path / "had"))
        waiter.start()
        time.sleep(0.3)
        shutil.rmtree(folder)
    waiter.join(timeout=30)
    assert (tmp_path / "had").read_text() == "True"


def waits(folder, told):
    with lock_folder(folder, "m"):
        told.write_text(str((folder / "lock").exists()))


@pytest.mark.parametrize(
    ("error", "again"), [(UserError("bad"), False), (TransientError("full"), True)]
)
def test_only_what_was_refused_is_not_tried_again(error, again, tmp_path, monkeypatch, capsys):
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


def test_what_another_living_process_writes_stays(tmp_path):
    other = subprocess.Popen(["sleep", "60"])
    left = tmp_path / f".out.{other.pid}-{start_of(other.pid)}.tmp"
    try:
        for text in ("first", "second"):
            left.write_text("not yet whole")
            with atomic(tmp_path / "out") as temporary:
                temporary.write_text(text)
            assert left.exists() == (text == "first")
            other.kill()
            other.wait()
    finally:
        other.kill()


def test_a_file_has_the_mode_that_the_umask_gives(tmp_path):
    before = os.umask(0o027)
    try:
        with atomic(tmp_path / "model") as temporary:
            temporary.touch(mode=0o600)  # as safetensors does
    finally:
        os.umask(before)
    assert (tmp_path / "model").stat().st_mode & 0o777 == 0o640


def test_a_folder_takes_the_place_of_a_file_and_of_a_folder(tmp_path):
    (tmp_path / "out").write_text("a file")
    for name in ("a", "b"):
        with atomic(tmp_path / "out") as temporary:
            temporary.mkdir()
            (temporary / name).touch()
        assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == [
            "out",
            f"out/{name}",
        ]


def test_what_is_renamed_was_flushed_and_its_folder_after_it(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(
        os, "fsync", lambda opened: flushed.append(os.readlink(f"/proc/self/fd/{opened}"))
    )
    with atomic(tmp_path / "out") as temporary:
        temporary.mkdir()
        (temporary / "a").touch()
    assert flushed == [str(temporary / "a"), str(tmp_path)]


def test_what_a_killed_process_left_is_removed(tmp_path):
    (tmp_path / ".out.99999.tmp").mkdir()
    (tmp_path / ".other.99999.tmp").write_text("of another file")
    with atomic(tmp_path / "out") as temporary:
        temporary.write_text("whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".other.99999.tmp", "out"]


def test_a_training_told_to_end_goes_on_where_it_stopped(run_stage, mini_root, tmp_path):
    """SIGTERM in the middle: exit code 143, a checkpoint, and in the end the same bytes as a
    training left alone.
    """
    assert (
        run_stage(
            "make_index", "--name", "mini", "--data-root", mini_root, "--out", tmp_path / "i.json"
        ).returncode
        == 0
    )
    command = [
        sys.executable,
        str(PROJECT / "stages/train_classifier.py"),
        "cam",
        "--index",
        str(tmp_path / "i.json"),
        *NET,
        "--epochs",
        "12",
        "--out",
    ]
    told = subprocess.Popen(
        [*command, str(tmp_path / "told" / "m")], stdout=subprocess.PIPE, text=True
    )
    assert "epoch 1/12" in told.stdout.readline()
    told.send_signal(signal.SIGTERM)
    assert told.wait(timeout=60) == TERMINATED and "goes on there" in told.stdout.read()
    state = torch.load(next((tmp_path / "told").glob(".resume-*/state-*.pt")), weights_only=True)
    assert 0 < state["step"] < 24
    again = subprocess.run([*command, str(tmp_path / "told" / "m")], capture_output=True, text=True)
    assert again.returncode == 0 and f"going on at step {state['step']}" in again.stdout, (
        again.stderr
    )
    alone = subprocess.run(
        [*command, str(tmp_path / "alone" / "m")], capture_output=True, text=True
    )
    assert alone.returncode == 0
    assert (tmp_path / "told" / "m").read_bytes() == (tmp_path / "alone" / "m").read_bytes()
