"""Disks that are full or read-only, loaders that are killed, clocks that jump: one line, and the
next run completes.
"""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch

from tests.conftest import DATASET, PROJECT
from tests.stage.test_scripts import NET
from wsss.data import shards
from wsss.run import files
from wsss.run.errors import UserError
from wsss.run.files import check_room
from wsss.run.records import content_digest
from wsss.training.runtime import report_dead_loaders


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 50 MB; needs the right to mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = (
        shutil.which("mount")
        and os.geteuid() == 0
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=50m", "tmpfs", str(folder)], capture_output=True
        ).returncode
        == 0
    )
    if not mounted:
        pytest.skip("no right to mount a disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk, leave):
    free = shutil.disk_usage(disk).free
    (disk / "ballast").write_bytes(bytes(max(0, free - leave)))


STEPS = {
    "maps.h5": ("export_cams", "cams", "--model", "m.safetensors", "--scales", "[1.0]"),
    "labels": ("write_labels", "argmax", "--maps", "maps.h5"),
    "c.safetensors": ("train_classifier", "cam", *NET),
    "i.json": ("make_index", "--name", DATASET),
}


def arguments(made, photo_root, name):
    script, *given = STEPS[name]
    index = (
        ["--data-root", photo_root] if script == "make_index" else ["--index", made / "index.json"]
    )
    return [script, *(made / a if str(a).startswith(("m.", "maps.")) else a for a in given), *index]


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("leave", [0, 4096])
def test_a_disk_that_fills_ends_in_one_line_and_leaves_nothing_half(
    name, leave, made, photo_root, small_disk, stage, monkeypatch
):
    monkeypatch.setattr(shards, "PHOTO_BYTES", 0)  # so that it begins to write
    monkeypatch.setattr("wsss.training.runtime.COPIES", 0)
    fill(small_disk, leave)
    given = arguments(made, photo_root, name)
    ended = stage(*given, "--out", small_disk / name)
    assert ended.code == 1 and len(ended.errors) == 1 and "the disk is full" in ended.errors[0], (
        ended
    )
    left = {p.name for p in small_disk.iterdir() if not p.name.startswith(".resume")}
    assert left <= {
        "ballast",
        name,
    }  # the artifact itself may be whole, and what is noted of it not have fitted
    before = content_digest(small_disk / name) if name in left else None
    (small_disk / "ballast").unlink()
    assert stage(*given, "--out", small_disk / name).code == 0
    assert before in (None, content_digest(small_disk / name))
    assert (small_disk / f"{name}.prov.json").is_file()


def test_too_little_room_is_said_before_anything_is_written(made, photo_root, small_disk, stage):
    fill(small_disk, 100_000)
    ended = stage(*arguments(made, photo_root, "maps.h5"), "--out", small_disk / "maps.h5")
    assert (
        ended.code == 1 and "make room" in ended.errors[0] and len(list(small_disk.iterdir())) == 1
    )
    with pytest.raises(UserError, match="x needs some 60 MB, the disk of"):
        check_room(small_disk / "x" / "y", 60e6, "x")


def test_a_read_only_folder_is_said(made, photo_root, small_disk, stage):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    given = arguments(made, photo_root, "labels")
    ended = stage(*given, "--out", small_disk / "labels")
    assert ended.code == 1 and len(ended.errors) == 1 and "Read-only file system" in ended.errors[0]
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert stage(*given, "--out", small_disk / "labels").code == 0


def test_a_loader_that_is_killed_is_said_and_the_training_goes_on(made, tmp_path):
    command = [
        sys.executable,
        str(PROJECT / "stages/train_classifier.py"),
        "cam",
        "--index",
        str(made / "index.json"),
        *NET,
        "--epochs",
        "30",
        "--workers",
        "1",
        "--checkpoint-steps",
        "1",
        "--out",
        str(tmp_path / "m.safetensors"),
    ]
    training = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "epoch 1/30" in training.stdout.readline()
    for process in children(training.pid):
        os.kill(process, signal.SIGKILL)
    _, err = training.communicate(timeout=120)
    assert training.returncode == 1 and "Traceback" not in err, err
    assert "a process that loads photos was killed" in err
    again = subprocess.run(
        [*command, "--workers", "0", "--epochs", "30"], capture_output=True, text=True
    )
    assert again.returncode == 0 and "going on at step" in again.stdout


def children(process):
    """The processes that `process` started for loading; its helper for shared memory is not one."""
    found = subprocess.run(
        ["ps", "--ppid", str(process), "-o", "pid=,args="], capture_output=True, text=True
    ).stdout
    return [int(line.split()[0]) for line in found.splitlines() if "resource_tracker" not in line]


def test_other_errors_of_torch_are_not_hidden():
    with pytest.raises(RuntimeError, match="shape"), report_dead_loaders():
        raise RuntimeError("shape mismatch")
    with pytest.raises(UserError, match="out of memory"), report_dead_loaders():
        raise torch.OutOfMemoryError("CUDA out of memory")


def test_a_clock_that_jumps_back_changes_no_checkpoint_time(monkeypatch, made, tmp_path, stage):
    """Checkpoints count minutes by a clock that cannot be set."""
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert (
        stage(
            *arguments(made, tmp_path, "c.safetensors"),
            "--out",
            tmp_path / "c.safetensors",
            "--checkpoint-minutes",
            "0.0001",
        ).code
        == 0
    )


def test_what_is_in_the_way_of_a_temporary_file_is_removed(tmp_path):
    (tmp_path / ".a.12345.tmp").mkdir()
    files.write_json(tmp_path / "a", {})
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
