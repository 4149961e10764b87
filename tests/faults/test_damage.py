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

from tests.conftest import check_done, check_refused, read_errors
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


def truncate(data, rng):
    """Cut the data off somewhere."""
    return data[: rng.randrange(len(data))]


def flip_bits(data, rng):
    """Flip three bits."""
    bits = bytearray(data)
    for _ in range(3):
        bits[rng.randrange(len(bits))] ^= 1 << rng.randrange(8)
    return bytes(bits)


def zero(data, rng):
    """Set up to 64 bytes to zero."""
    start = rng.randrange(len(data))
    return data[:start] + bytes(min(64, len(data) - start)) + data[start + 64 :]


def replace_by_another_type(data, rng):
    """Other data, which begins like a PNG."""
    return b"\x89PNG\r\n\x1a\n and not one"


def empty(data, rng):
    """Nothing."""
    return b""


DAMAGE = (truncate, flip_bits, zero, replace_by_another_type, empty)


def choose_file(folder, artifact):
    """The file that is damaged: of a folder its second one."""
    path = folder / artifact
    return sorted(path.glob("*.png"))[1] if path.is_dir() else path


def read_artifact(stage, folder, artifact):
    """Run a stage that reads the artifact."""
    script, *arguments = CONSUMERS[artifact]
    given = [folder / a[1:] if a.startswith("@") else a for a in arguments]
    index = [] if script == "compare_scores" else ["--index", folder / "index.json"]
    return stage(script, *given, *index, "--out", folder / "out")


def remove_records(folder):
    """Leave the artifacts of a folder without records."""
    for note in folder.glob("*.prov.json"):
        note.unlink()


def read_labels(folder):
    """The label maps of a folder."""
    return [np.asarray(Image.open(path)) for path in sorted(folder.glob("*.png"))]


@pytest.fixture
def copy(made, tmp_path):
    """The test's own copy of the artifacts."""
    return shutil.copytree(made, tmp_path / "copy")


@pytest.mark.parametrize("artifact", CONSUMERS)
def test_whole_artifact_is_read(artifact, stage, copy):
    check_done(read_artifact(stage, copy, artifact))


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("artifact", CONSUMERS)
def test_damaged_artifact_with_a_record_is_refused_by_name(artifact, damage, stage, copy):
    path = choose_file(copy, artifact)
    data = path.read_bytes()
    damaged = damage(data, random.Random(f"{artifact} {damage.__name__}"))
    assert damaged != data
    path.write_bytes(damaged)
    ended = read_artifact(stage, copy, artifact)
    check_refused(ended, str(copy / artifact.removesuffix(".json")), "remake it: rm -r")
    assert not (copy / "out").exists()


@pytest.mark.parametrize("artifact", CONSUMERS)
def test_deleted_file_is_refused_by_name(artifact, stage, copy):
    path = choose_file(copy, artifact)
    path.unlink()
    ended = read_artifact(stage, copy, artifact)
    check_refused(ended)
    (error,) = read_errors(ended)
    assert path.name in error or str(copy / artifact.removesuffix(".json")) in error
    assert not (copy / "out").exists()


@pytest.mark.parametrize("damage", [truncate, replace_by_another_type, empty])
@pytest.mark.parametrize("artifact", CONSUMERS)
def test_damaged_artifact_without_a_record_is_refused_by_name(artifact, damage, stage, copy):
    remove_records(copy)
    path = choose_file(copy, artifact)
    path.write_bytes(damage(path.read_bytes(), random.Random(7)))
    check_refused(read_artifact(stage, copy, artifact), path.name.removesuffix(".json"))
    assert not (copy / "out").exists()


def test_check_sums_find_flipped_bits_in_maps_without_a_record(stage, copy):
    (copy / "maps.h5.prov.json").unlink()
    data, rng, refused = (copy / "maps.h5").read_bytes(), random.Random(0), 0
    for _ in range(20):
        (copy / "maps.h5").write_bytes(flip_bits(data, rng))
        ended = read_artifact(stage, copy, "maps.h5")
        if ended.returncode == 0:  # a bit that nothing reads
            made, whole = read_labels(copy / "out"), read_labels(copy / "labels")
            assert len(made) == len(whole) and all(map(np.array_equal, made, whole))
            shutil.rmtree(copy / "out")
        else:
            check_refused(ended, "maps.h5")
            refused += 1
    assert refused > 0


def change_maps(path, change):
    """Apply `change(file, photo)` to the first photo of a file of maps."""
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
def test_maps_with_wrong_entries_are_refused_by_name(change, stage, copy):
    (copy / "maps.h5.prov.json").unlink()
    change_maps(copy / "maps.h5", change)
    check_refused(read_artifact(stage, copy, "maps.h5"), "maps.h5", "photo ")


def test_model_of_other_classes_is_refused(stage, copy):
    remove_records(copy)
    path = copy / "m.safetensors.json"
    about = json.loads(path.read_text())
    path.write_text(json.dumps({**about, "classes": about["classes"][::-1]}))
    check_refused(read_artifact(stage, copy, "m.safetensors"), "other classes")


def test_model_of_other_shapes_is_refused(stage, copy):
    remove_records(copy)
    weights = load_file(copy / "seg.safetensors")
    name = next(key for key, tensor in weights.items() if tensor.ndim == 4)
    save_file({**weights, name: weights[name][:1].clone()}, copy / "seg.safetensors")
    check_refused(read_artifact(stage, copy, "seg.safetensors"), "does not fit")


def test_label_maps_of_another_dataset_are_refused(stage, copy):
    remove_records(copy)
    path = choose_file(copy, "pred")
    labels = np.array(Image.open(path))
    Image.fromarray(np.full_like(labels, 77)).save(path)
    check_refused(read_artifact(stage, copy, "pred"), "label 77")
    Image.fromarray(labels[:-3]).save(path)
    check_refused(read_artifact(stage, copy, "pred"), path.name)
    Image.fromarray(np.stack([labels] * 3, axis=2)).save(path)
    check_refused(read_artifact(stage, copy, "pred"), "mode RGB")


def test_record_of_another_artifact_does_not_count(copy):
    (copy / "maps.h5.prov.json").write_text("[1, 2]")
    assert read_record(copy / "maps.h5") is None and verify(copy / "maps.h5").startswith("f")
    shutil.copytree(copy / "labels", copy / "moved")
    os.rename(copy / "labels.prov.json", copy / "moved.prov.json")
    assert verify(copy / "moved")  # its record names "labels"
