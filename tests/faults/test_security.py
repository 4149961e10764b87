"""Nothing that somebody else may have written is executed, and nothing leaves the folder it belongs
in.
"""

import ast
import os
import pickle
import shlex
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import yaml
from PIL import EpsImagePlugin, Image

from tests.conftest import PROJECT
from wsss.cams.foreign_pngs import read_png
from wsss.data.images import photo_size, read_ids, read_labels, read_photo
from wsss.nets.models import fill
from wsss.nets.weights import load_backbone_weights
from wsss.plan.marks import leave_mark
from wsss.plan.recipes import read_recipe
from wsss.run.errors import UserError
from wsss.run.start import started
from wsss.score.bootstrap import Counts
from wsss.training.checkpoint import load_checkpoint, save_checkpoint

SOURCES = sorted(path for folder in ("wsss", "stages") for path in (PROJECT / folder).rglob("*.py"))

EPS = """%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 30 20
%%EndComments
showpage
%%EOF
"""


class Attack:
    """An object whose unpickling leaves a file behind."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


def find_calls(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {k.arg: ast.unparse(k.value) for k in node.keywords}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PROJECT)))
def test_source_calls_nothing_that_executes_files(path):
    text = path.read_text()
    imported = {
        name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert not imported & {"pickle", "dill", "joblib", "shelve", "marshal"}
    assert (
        "subprocess" not in imported or path.name == "refresh.py"
    )  # which runs a stage of the project, without a shell
    for name, given in find_calls(path):
        assert name not in ("eval", "exec", "os.system", "yaml.load", "yaml.unsafe_load"), name
        assert (
            given.get("allow_pickle", "False") == "False" and given.get("shell", "False") == "False"
        )
        if name == "torch.load":
            assert given.get("weights_only") == "True"
        if name == "np.load":
            assert given.get("allow_pickle") == "False"
        if name in ("Image.open", "PIL.Image.open"):
            assert given.get("formats") in ("_known_formats()", "('PNG',)")
        if name.endswith(("extractall", ".extract")) and "tar" in name:
            assert given.get("filter") == "'data'"


def test_pickles_are_refused_under_any_file_name(tmp_path):
    attack = pickle.dumps(Attack(tmp_path / "done"))
    for name in ("m.safetensors", "weights.pth", "counts.npz", "recipe.yaml"):
        (tmp_path / name).write_bytes(attack)
    with pytest.raises(UserError):
        fill(torch.nn.Linear(1, 1), tmp_path / "m.safetensors")
    with pytest.raises(UserError):
        load_backbone_weights(torch.nn.Linear(1, 1), "resnet18", str(tmp_path / "weights.pth"))
    with pytest.raises(UserError):
        Counts.load(tmp_path / "counts.npz")
    with pytest.raises(UserError):
        read_recipe(tmp_path / "recipe.yaml")
    torch.save(Attack(tmp_path / "done"), tmp_path / "weights.pth")
    with pytest.raises(UserError):
        load_backbone_weights(torch.nn.Linear(1, 1), "resnet18", str(tmp_path / "weights.pth"))
    np.savez(
        tmp_path / "counts.npz",
        ids=np.array([Attack(tmp_path / "done")], dtype=object),
        pixels=np.zeros(3),
    )
    with pytest.raises(UserError):
        Counts.load(tmp_path / "counts.npz")
    assert not (tmp_path / "done").exists()


@pytest.mark.parametrize("read", [read_photo, read_labels, read_ids, read_png, photo_size])
@pytest.mark.parametrize("name", ["p.jpg", "p.png", "p.eps"])
def test_eps_starts_no_ghostscript(read, name, tmp_path, monkeypatch):
    """PIL would start `gs` for a file that begins like this, whatever its name."""
    program = tmp_path / "bin" / "gs"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch {shlex.quote(str(tmp_path / 'done'))}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)
    (tmp_path / name).write_text(EPS)
    with pytest.raises(UserError, match=f"{name} (cannot be read|is a PostScript file)"):
        read(tmp_path / name)
    assert not (tmp_path / "done").exists()


def test_photos_of_all_formats_are_read_under_any_name(tmp_path):
    pixels = np.full((20, 30, 3), 90, np.uint8)
    for format in ("JPEG", "MPO", "PNG", "WEBP", "BMP", "TIFF"):
        Image.fromarray(pixels).save(tmp_path / "p.jpg", format=format)
        assert read_photo(tmp_path / "p.jpg").shape == pixels.shape, format


def test_token_of_a_start_follows_no_link(tmp_path):
    victim, link = tmp_path / "victim", tmp_path / ".a.began"
    victim.write_text("mine")
    link.symlink_to(victim)
    with started([str(tmp_path / "a")]):
        assert not link.is_symlink()
    assert victim.read_text() == "mine" and not link.exists()


def test_mark_of_a_stale_artifact_follows_no_link(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    victim, link = tmp_path / "victim", tmp_path / "work/.stale/no-record"
    victim.write_text("mine")
    link.parent.mkdir(parents=True)
    link.symlink_to(victim)
    assert leave_mark("no record", SimpleNamespace(outputs={})) == "work/.stale/no-record"
    assert victim.read_text() == "mine" and not link.is_symlink() and link.read_text()


@pytest.mark.parametrize("ahead", [-0.5, 3600])
def test_mark_is_newer_than_an_artifact_of_the_future(ahead, tmp_path, monkeypatch):
    """As after a clock was set back, and on disks whose times are whole seconds."""
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "maps.h5"
    made.touch()
    os.utime(made, (made.stat().st_atime, time.time() + ahead))
    mark = leave_mark("no record", SimpleNamespace(outputs={"out": str(made)}))
    assert int(os.stat(mark).st_mtime) > int(made.stat().st_mtime)


def test_yaml_tags_are_refused(tmp_path):
    (tmp_path / "r.yaml").write_text(
        f"about: !!python/object/apply:os.system ['touch {tmp_path}/done']\nchain: {{}}\n"
    )
    with pytest.raises(UserError):
        read_recipe(tmp_path / "r.yaml")
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load((tmp_path / "r.yaml").read_text())
    assert not (tmp_path / "done").exists()


def test_damaged_checkpoint_is_not_resumed(tmp_path):
    save_checkpoint(tmp_path, 1, {"step": 1})
    older = next(tmp_path.glob("*.pt")).read_bytes(), next(tmp_path.glob("*.pt")).name
    save_checkpoint(tmp_path, 2, {"step": 2})
    assert len(list(tmp_path.glob("*.pt"))) == 1
    (tmp_path / older[1]).write_bytes(
        older[0]
    )  # as after a kill between writing one and deleting the other
    assert load_checkpoint(tmp_path, torch.device("cpu"))["step"] == 2
    newest = max(tmp_path.glob("*.pt"))
    data = bytearray(newest.read_bytes())
    data[len(data) // 2] ^= 1
    newest.write_bytes(data)
    assert load_checkpoint(tmp_path, torch.device("cpu"))["step"] == 1
    assert load_checkpoint(tmp_path / "none", torch.device("cpu")) is None
