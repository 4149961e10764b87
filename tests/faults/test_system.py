"""Disks that are full or read-only, loaders that are killed, clocks that jump: one line, and the
next run completes.
"""

import itertools
import os
import shutil
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from tests.conftest import DATASET, NET, PROJECT, check_done, check_refused
from tests.programs import program_folder
from wsss.data import shards
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.data.scene_files import scene_writer
from wsss.export import network_files
from wsss.export.cvat import write_cvat
from wsss.export.formats import write_coco, write_labelme, write_panoptic
from wsss.export.label_studio import write_label_studio
from wsss.export.settings import ExportSettings
from wsss.run import files
from wsss.run.errors import UserError, line_of
from wsss.run.files import check_room
from wsss.run.records import content_digest
from wsss.training.checkpoint import save_checkpoint
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


def fill_disk(disk, leave):
    """Leave so many bytes of a disk free."""
    free = shutil.disk_usage(disk).free
    (disk / "ballast").write_bytes(bytes(max(0, free - leave)))


STEPS = {
    "maps.h5": ("export_cams", "cams", "--model", "m.safetensors", "--scales", "[1.0]"),
    "labels": ("write_labels", "argmax", "--maps", "maps.h5"),
    "c.safetensors": ("train_classifier", "cam", *NET),
    "i.json": ("make_index", "--name", DATASET),
}


def name_arguments(made, photo_root, name):
    """The words that make an artifact of `STEPS`."""
    script, *given = STEPS[name]
    words = [made / word if word.startswith(("m.", "maps.")) else word for word in given]
    if script == "make_index":
        return [script, *words, "--data-root", photo_root]
    return [script, *words, "--index", made / "index.json"]


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("leave", [0, 4096])
def test_full_disk_is_reported_and_leaves_no_partial_artifact(
    name, leave, made, photo_root, small_disk, stage, monkeypatch
):
    monkeypatch.setattr(shards, "PHOTO_BYTES", 0)  # so that it begins to write
    monkeypatch.setattr("wsss.training.runtime.COPIES", 0)
    fill_disk(small_disk, leave)
    given = name_arguments(made, photo_root, name)
    ended = stage(*given, "--out", small_disk / name)
    check_refused(ended, "the disk is full")
    left = {p.name for p in small_disk.iterdir() if not p.name.startswith(".resume")}
    # the artifact itself may be whole, and what is noted of it not have fitted
    assert left <= {"ballast", name}
    before = content_digest(small_disk / name) if name in left else None
    (small_disk / "ballast").unlink()
    check_done(stage(*given, "--out", small_disk / name))
    assert before in (None, content_digest(small_disk / name))
    assert (small_disk / f"{name}.prov.json").is_file()


@pytest.mark.parametrize("leave", [0, 60_000])
def test_report_on_a_full_disk_ends_with_one_line(leave, made, small_disk, stage, monkeypatch):
    monkeypatch.setattr("wsss.report.photos.PHOTO_BYTES", 0)
    fill_disk(small_disk, leave)
    places = ["--page", small_disk / "r/index.html", "--pictures", small_disk / "r/pictures"]
    steps = ["--steps", "cams", "--folders", f"a/cams={made}"]
    artifacts = ["--artifacts", f"a/cams/train={made / 'maps.h5'}"]
    given = ["write_report", "--index", made / "index.json", "--recipes", "a", *steps, *artifacts]
    check_refused(stage(*given, *places), "the disk is full")
    assert not (small_disk / "r/index.html").exists()
    assert not list(small_disk.rglob("*.prov.json"))
    (small_disk / "ballast").unlink()
    check_done(stage(*given, *places))
    assert len(list((small_disk / "r/pictures").iterdir())) > 1


class Heavy(torch.nn.Module):
    """A network of 4 MB."""

    def __init__(self):
        super().__init__()
        self.weights = torch.nn.Parameter(torch.rand(2**20))

    def forward(self, photo):
        return photo, photo * self.weights.sum()


WRITERS = {
    "checkpoint": lambda path: save_checkpoint(path.parent, 2, {"w": torch.rand(2**20)}),
    "torchscript": lambda path: network_files.export_network(
        None, Heavy(), "torchscript", path, {}, []
    ),
    "scene": lambda path: write_scene(path),
    "coco": lambda path: write_export(write_coco, path),
    "panoptic": lambda path: write_export(write_panoptic, path),
    "labelme": lambda path: write_export(write_labelme, path),
    "cvat": lambda path: write_export(write_cvat, path),
    "label_studio": lambda path: write_export(write_label_studio, path),
    "json": lambda path: files.write_json(path, "x" * 2**20),
}


def write_scene(path):
    with scene_writer(path) as scene:
        scene.add("places", np.random.default_rng(0).random((2**17, 3)))


def write_export(write, path):
    """The labels of many small photos."""
    photos = {f"p{n}": Photo(f"p{n}", f"p{n}.jpg", ()) for n in range(1000)}
    index = Index("x", ("a",), str(path.parent), photos, {"train": tuple(photos)})
    with files.atomic(path) as folder:
        folder.mkdir()
        labels = ((name, np.eye(30, dtype=np.uint8)) for name in photos)
        write(index, labels, folder, ExportSettings())


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("leave", [0, 100_000])
def test_writer_on_a_full_disk_ends_with_one_line(name, leave, small_disk):
    """Some libraries would end the process, or raise errors of their own."""
    kept = small_disk / "state-00000001-0.pt"
    kept.touch()
    fill_disk(small_disk, leave)
    with pytest.raises((OSError, UserError)) as caught:
        WRITERS[name](small_disk / "x")
    assert "disk is full" in line_of(caught.value) and kept.exists()
    assert len(list(small_disk.iterdir())) == 2
    (small_disk / "ballast").unlink()
    WRITERS[name](small_disk / "x")


def test_too_little_room_is_reported_before_anything_is_written(
    made, photo_root, small_disk, stage
):
    fill_disk(small_disk, 100_000)
    ended = stage(*name_arguments(made, photo_root, "maps.h5"), "--out", small_disk / "maps.h5")
    check_refused(ended, "make room")
    assert len(list(small_disk.iterdir())) == 1
    with pytest.raises(UserError, match="x needs some 60 MB, the disk of"):
        check_room(small_disk / "x" / "y", 60e6, "x")


def test_read_only_folder_is_reported(made, photo_root, small_disk, stage):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    given = name_arguments(made, photo_root, "labels")
    ended = stage(*given, "--out", small_disk / "labels")
    check_refused(ended, "Read-only file system")
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    check_done(stage(*given, "--out", small_disk / "labels"))


def test_killed_loader_is_reported_and_the_training_resumes(made, tmp_path):
    command = [
        sys.executable,
        str(PROJECT / "stages/train_classifier.py"),
        "cam",
        "--index",
        str(made / "index.json"),
        *NET,
        "--epochs",
        "12",
        "--workers",
        "1",
        "--checkpoint-steps",
        "1",
        "--out",
        str(tmp_path / "m.safetensors"),
    ]
    training = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "epoch 1/12" in training.stdout.readline()
    for process in find_children(training.pid):
        os.kill(process, signal.SIGKILL)
    _, err = training.communicate(timeout=120)
    assert training.returncode == 1 and "Traceback" not in err, err
    assert "a process that loads photos was killed" in err
    words = [program_folder() / "python", *command[1:], "--workers", "0"]
    again = subprocess.run(words, capture_output=True, text=True)
    assert again.returncode == 0 and "going on at step" in again.stdout


def find_children(process):
    """The processes that `process` started for loading; its helper for shared memory is not one."""
    found = subprocess.run(
        ["ps", "--ppid", str(process), "-o", "pid=,args="], capture_output=True, text=True
    ).stdout
    return [int(line.split()[0]) for line in found.splitlines() if "resource_tracker" not in line]


def test_other_errors_of_torch_are_raised():
    with pytest.raises(RuntimeError, match="shape"), report_dead_loaders():
        raise RuntimeError("shape mismatch")
    with pytest.raises(UserError, match="out of memory"), report_dead_loaders():
        raise torch.OutOfMemoryError("CUDA out of memory")


def test_checkpoints_do_not_count_by_a_clock_that_can_be_set(monkeypatch, made, tmp_path, stage):
    """At each look at the clock it has jumped by more hours, back or forth, and 6 s have truly
    passed.
    """
    looks, passed, saved = itertools.count(), itertools.count(), []
    clocks = SimpleNamespace(
        time=lambda: 1.7e9 + 3600 * (-2.0) ** next(looks), monotonic=lambda: 6.0 * next(passed)
    )
    monkeypatch.setattr("wsss.training.state.time", clocks)
    monkeypatch.setattr("wsss.training.state.save_checkpoint", lambda *words: saved.append(words))
    steps = {}
    for minutes in (0.05, 1000.0):
        saved.clear()
        out = ["--out", tmp_path / f"{minutes}.safetensors", "--checkpoint-minutes", minutes]
        check_done(stage(*name_arguments(made, tmp_path, "c.safetensors"), "--batch", "2", *out))
        steps[minutes] = [step for _, step, _ in saved]
    assert len(steps[0.05]) > 1 and steps[0.05] == list(range(1, len(steps[0.05]) + 1))
    assert steps[1000.0] == []
    models = [tmp_path / f"{minutes}.safetensors" for minutes in steps]
    assert content_digest(models[0]) == content_digest(models[1])


def test_old_temporary_file_is_removed(tmp_path):
    (tmp_path / ".a.12345.tmp").mkdir()
    files.write_json(tmp_path / "a", {})
    assert [p.name for p in tmp_path.iterdir()] == ["a"]
