"""Damaged artifacts: refused by name, whatever was done to them, with what a stage recorded and
without.
"""

import json
import os
import random
import shutil

import h5py
import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file, save_file

from wsss.run.artifacts import verify
from wsss.run.records import read_record

CONSUMERS = {
    "index.json": ("export_cams", "cams", "--model", "@m.safetensors", "--scales", "[1.0]"),
    "m.safetensors": ("export_cams", "cams", "--model", "@m.safetensors", "--scales", "[1.0]"),
    "m.safetensors.json": ("export_cams", "cams", "--model", "@m.safetensors", "--scales", "[1.0]"),
    "maps.h5": ("write_labels", "argmax", "--maps", "@maps.h5"),
    "labels": ("score", "--what", "labels", "--split", "train", "--artifact", "@labels"),
    "pred": ("score", "--what", "labels", "--split", "val", "--artifact", "@pred"),
    "seg.safetensors": (
        "predict",
        "predict",
        "--model",
        "@seg.safetensors",
        "--scales",
        "[1.0]",
        "--split",
        "val",
    ),
    "s.npz": ("compare_scores", "--first", "@s.json", "--second", "@s.json"),
}
"""Artifact -> a stage that reads it; @ stands for the folder."""


def truncated(data, rng):
    return data[: rng.randrange(len(data))]


def flipped(data, rng):
    bits = bytearray(data)
    for _ in range(3):
        bits[rng.randrange(len(bits))] ^= 1 << rng.randrange(8)
    return bytes(bits)


def zeroed(data, rng):
    start = rng.randrange(len(data))
    return data[:start] + bytes(min(64, len(data) - start)) + data[start + 64 :]


def other_type(data, rng):
    return b"\x89PNG\r\n\x1a\n and not one"


def emptied(data, rng):
    return b""


DAMAGE = (truncated, flipped, zeroed, other_type, emptied)


def victim(folder, artifact):
    """The file that is damaged: of a folder its second one."""
    path = folder / artifact
    return sorted(path.glob("*.png"))[1] if path.is_dir() else path


def consumed(stage, folder, artifact):
    script, *arguments = CONSUMERS[artifact]
    given = [folder / a[1:] if a.startswith("@") else a for a in arguments]
    index = [] if script == "compare_scores" else ["--index", folder / "index.json"]
    return stage(script, *given, *index, "--out", folder / "out")


@pytest.fixture
def copy(made, tmp_path):
    return shutil.copytree(made, tmp_path / "copy")


@pytest.mark.parametrize("artifact", CONSUMERS)
def test_whole_artifacts_are_read(artifact, stage, copy):
    assert consumed(stage, copy, artifact).code == 0


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("artifact", CONSUMERS)
def test_what_is_recorded_is_refused_by_name(artifact, damage, stage, copy):
    path = victim(copy, artifact)
    data = path.read_bytes()
    damaged = damage(data, random.Random(f"{artifact} {damage.__name__}"))
    assert damaged != data
    path.write_bytes(damaged)
    ended = consumed(stage, copy, artifact)
    assert ended.code == 1 and len(ended.errors) == 1
    assert (
        str(copy / artifact.removesuffix(".json")) in ended.errors[0]
        and "remake it: rm -r" in ended.errors[0]
    )
    assert not (copy / "out").exists()


@pytest.mark.parametrize("artifact", CONSUMERS)
def test_a_deleted_file_is_refused_by_name(artifact, stage, copy):
    path = victim(copy, artifact)
    path.unlink()
    ended = consumed(stage, copy, artifact)
    assert ended.code == 1 and len(ended.errors) == 1 and not (copy / "out").exists()
    assert (
        path.name in ended.errors[0]
        or str(copy / artifact.removesuffix(".json")) in ended.errors[0]
    )


@pytest.mark.parametrize("damage", [truncated, other_type, emptied])
@pytest.mark.parametrize("artifact", CONSUMERS)
def test_what_is_not_recorded_and_cannot_be_read_is_refused_by_name(artifact, damage, stage, copy):
    for note in copy.glob("*.prov.json"):
        note.unlink()
    path = victim(copy, artifact)
    path.write_bytes(damage(path.read_bytes(), random.Random(7)))
    ended = consumed(stage, copy, artifact)
    assert (
        ended.code == 1
        and len(ended.errors) == 1
        and path.name.removesuffix(".json") in ended.errors[0]
    )
    assert not (copy / "out").exists()


def test_check_sums_find_flipped_bits_in_maps_without_a_record(stage, copy):
    (copy / "maps.h5.prov.json").unlink()
    data, rng, whole = (copy / "maps.h5").read_bytes(), random.Random(0), None
    for _ in range(20):
        (copy / "maps.h5").write_bytes(flipped(data, rng))
        ended = consumed(stage, copy, "maps.h5")
        if ended.code == 0:  # a bit that nothing reads
            labels = [np.asarray(Image.open(p)) for p in sorted((copy / "out").glob("*.png"))]
            whole = whole or [
                np.asarray(Image.open(p)) for p in sorted((copy / "labels").glob("*.png"))
            ]
            assert all(map(np.array_equal, labels, whole))
            shutil.rmtree(copy / "out")
        else:
            assert len(ended.errors) == 1 and "maps.h5" in ended.errors[0]


def rewritten_maps(path, change):
    with h5py.File(path, "r+") as file:
        change(file, next(iter(file)))


@pytest.mark.parametrize(
    "change",
    [
        lambda file, photo: file[photo].attrs.__setitem__("kind", "mac"),
        lambda file, photo: file[photo].attrs.__setitem__("labels", np.array([1, 2, 3, 4, 5])),
        lambda file, photo: file[photo].attrs.__delitem__("size"),
        lambda file, photo: file[photo].__delitem__("scores"),
        lambda file, photo: file.__delitem__(photo),
    ],
)
def test_maps_of_another_shape_are_refused_by_name(change, stage, copy):
    (copy / "maps.h5.prov.json").unlink()
    rewritten_maps(copy / "maps.h5", change)
    ended = consumed(stage, copy, "maps.h5")
    assert ended.code == 1 and "maps.h5" in ended.errors[0] and "photo " in ended.errors[0]


def test_models_and_labels_of_another_dataset_are_refused(stage, copy):
    for note in copy.glob("*.prov.json"):
        note.unlink()
    about = json.loads((copy / "m.safetensors.json").read_text())
    (copy / "m.safetensors.json").write_text(
        json.dumps({**about, "classes": about["classes"][::-1]})
    )
    assert "other classes" in consumed(stage, copy, "m.safetensors").errors[0]
    weights = load_file(copy / "seg.safetensors")
    name = next(key for key, tensor in weights.items() if tensor.ndim == 4)
    save_file({**weights, name: weights[name][:1].clone()}, copy / "seg.safetensors")
    assert "does not fit" in consumed(stage, copy, "seg.safetensors").errors[0]
    path = victim(copy, "pred")
    labels = np.array(Image.open(path))
    Image.fromarray(np.full_like(labels, 77)).save(path)
    assert "label 77" in consumed(stage, copy, "pred").errors[0]
    Image.fromarray(labels[:-3]).save(path)
    assert path.name in consumed(stage, copy, "pred").errors[0]
    Image.fromarray(np.stack([labels] * 3, axis=2)).save(path)
    assert "mode RGB" in consumed(stage, copy, "pred").errors[0]


def test_a_record_of_something_else_is_no_record(copy):
    (copy / "maps.h5.prov.json").write_text("[1, 2]")
    assert read_record(copy / "maps.h5") is None and verify(copy / "maps.h5").startswith("f")
    shutil.copytree(copy / "labels", copy / "moved")
    os.rename(copy / "labels.prov.json", copy / "moved.prov.json")
    assert verify(copy / "moved")  # its record names "labels"
