"""Somebody else's class maps: each layout gives the same map; what is unclear is named."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from wsss.cams.foreign import read_foreign_map
from wsss.cams.foreign_settings import ForeignMapSettings
from wsss.cams.map_source import MapRequest
from wsss.run.errors import UserError

CLASSES = ("cat", "cow", "dog")
PHOTO = MapRequest("p", (1, 3), (24, 32), CLASSES)


def maps(size=(24, 32), classes=3):
    """Maps float32 (K, H, W) in -0.2..0.8."""
    return np.random.default_rng(0).random((classes, *size), np.float32) - 0.2


def scale_to_one(scores):
    """The obvious way: cut at 0 and divide by the maximum."""
    scores = np.maximum(scores, 0)
    return scores / scores.max(axis=(1, 2), keepdims=True)


def read_maps(folder, photo=PHOTO, **settings):
    settings = {"stride": 1, **settings}
    return read_foreign_map(photo, ForeignMapSettings(folder=str(folder), **settings))


def write_psa(folder, scores):
    np.save(folder / "p.npy", {n: scores[n] for n in (0, 1, 2)})


def write_irn(folder, scores):
    keys = np.array([2, 0])
    coarse, fine = scores[keys, ::4, ::4], scores[keys]
    np.save(folder / "p.npy", {"keys": keys, "cam": coarse, "high_res": fine})


def write_irn_tensors(folder, scores):
    """As IRNet's own make_cam.py leaves them: tensors but for `high_res`."""
    keys = torch.tensor([2, 0])
    coarse, fine = torch.tensor(scores[:, ::4, ::4])[keys], scores[keys]
    np.save(folder / "p.npy", {"keys": keys, "cam": coarse, "high_res": fine})


def write_array(folder, scores):
    np.save(folder / "p.npy", scores)


def write_tags(folder, scores):
    np.save(folder / "p.npy", np.asfortranarray(scores[[0, 2]]))


def write_npz(folder, scores):
    np.savez_compressed(folder / "p.npz", **{"cat": scores[0], "1": scores[1], "2": scores[2]})


@pytest.mark.parametrize(
    ("write", "layout", "dropped"),
    [
        (write_psa, "psa", 1),
        (write_irn, "irn", 0),
        (write_irn_tensors, "irn", 0),
        (write_array, "array", 1),
        (write_tags, "array", 0),
        (write_npz, "npz", 1),
    ],
)
@pytest.mark.parametrize("told", [False, True])
def test_each_layout_gives_the_same_map(write, layout, dropped, told, tmp_path):
    write(tmp_path, maps())
    found = read_maps(tmp_path, layout=layout if told else "auto")
    assert found.item.kind == "cam" and found.item.size == (24, 32)
    assert found.item.labels.tolist() == [1, 3] and found.item.scores.dtype == np.float32
    assert np.allclose(found.item.scores, scale_to_one(maps()[[0, 2]]), atol=1e-6)
    assert found.dropped == dropped and found.zeroed == 0


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("inside", [False, True])
def test_png_maps_in_folders_or_in_one_folder_are_read(bits, inside, tmp_path):
    white = 2**bits - 1
    pixels = np.rint(np.maximum(maps(), 0) * white).astype(np.uint8 if bits == 8 else np.uint16)
    (tmp_path / "p").mkdir()
    for n, name in enumerate(CLASSES):
        path = tmp_path / "p" / f"{name}.png" if inside else tmp_path / f"p_{name}.png"
        Image.fromarray(pixels[n]).save(path)
    found = read_maps(tmp_path, normalise="none")
    assert np.allclose(found.item.scores, np.maximum(maps()[[0, 2]], 0), atol=1 / white)
    assert found.dropped == 1


def test_irn_without_high_res_gives_its_coarse_maps(tmp_path):
    coarse = maps((6, 8))
    for make in (np.array, torch.tensor):
        np.save(tmp_path / "p.npy", {"keys": make([0, 2]), "cam": make(coarse[[0, 2]])})
        found = read_maps(tmp_path, stride=1)
        assert np.allclose(found.item.scores, scale_to_one(coarse[[0, 2]]), atol=1e-6)


def test_finer_maps_are_averaged_to_the_stride(tmp_path):
    blocks = np.kron(np.array([[1.0, 0.5], [0.25, 0.0]], np.float32), np.ones((12, 16), np.float32))
    write_array(tmp_path, np.stack([blocks] * 3))
    scores = read_maps(tmp_path, stride=4).item.scores
    assert scores.shape == (2, 6, 8)
    assert np.allclose(scores[0, [0, 0, -1, -1], [0, -1, 0, -1]], [1, 0.5, 0.25, 0], atol=1e-3)


def test_values_are_scaled_as_asked(tmp_path):
    write_array(tmp_path, np.maximum(maps(), 0) * 5 + 1)
    low = read_maps(tmp_path, normalise="minmax").item.scores
    assert np.allclose(low.min(axis=(1, 2)), 0, atol=1e-6) and np.allclose(low.max(axis=(1, 2)), 1)
    assert read_maps(tmp_path, normalise="max").item.scores.min() > 0.1
    with pytest.raises(UserError, match=r"p\.npy holds values up to"):
        read_maps(tmp_path, normalise="none")


def test_map_of_zeros_is_kept(tmp_path):
    write_array(tmp_path, np.zeros((3, 24, 32)))
    for normalise in ("max", "minmax", "none"):
        assert not read_maps(tmp_path, normalise=normalise).item.scores.any()


@pytest.mark.parametrize("form", ["array", "tags", "dict"])
def test_maps_with_background_are_read_as_probabilities(form, tmp_path):
    scores = np.maximum(maps(classes=4), 0)
    scores[:, 0, 0] = 0
    saved = {"array": scores, "tags": scores[[0, 1, 3]], "dict": dict(enumerate(scores))}[form]
    np.save(tmp_path / "p.npy", saved)
    item = read_maps(tmp_path, background=True).item
    assert item.kind == "prob" and item.labels.tolist() == [0, 1, 3]
    assert np.allclose(item.scores.sum(axis=0), 1, atol=1e-6)
    assert item.scores[:, 0, 0].tolist() == [1, 0, 0]
    ratio = scores[1, 5, 5] / scores[[0, 1, 3], 5, 5].sum()
    assert item.scores[1, 5, 5] == pytest.approx(ratio, abs=1e-6)


def test_additional_channel_is_refused_with_a_hint_at_background(tmp_path):
    np.save(tmp_path / "p.npy", maps(classes=4))
    with pytest.raises(UserError, match=r"p\.npy.*\(4, 24, 32\).*'background'"):
        read_maps(tmp_path)
    np.save(tmp_path / "p.npy", {1: maps()[0], 3: maps()[1]})
    with pytest.raises(UserError, match=r"p\.npy has no map of the background"):
        read_maps(tmp_path, background=True)


def test_missing_map_of_a_tag_is_refused_or_zero(tmp_path):
    np.save(tmp_path / "p.npy", {0: maps()[0]})
    with pytest.raises(UserError, match=r"photo p has no map of 'dog' in .*p\.npy"):
        read_maps(tmp_path)
    found = read_maps(tmp_path, missing="zero")
    assert found.zeroed == 1 and found.item.scores[0].max() == 1 and not found.item.scores[1].any()


def test_photo_without_files_is_refused_or_zero(tmp_path):
    with pytest.raises(UserError, match=r"photo p has no map of 'cat' in .*ID\.npz"):
        read_maps(tmp_path)
    found = read_maps(tmp_path, missing="zero", stride=8)
    assert found.zeroed == 2
    assert found.item.scores.shape == (2, 3, 4) and not found.item.scores.any()
    nothing = read_maps(tmp_path, missing="zero", background=True).item
    assert nothing.scores[0].min() == 1 and nothing.scores[1:].max() == 0


def test_a_photo_without_tags_needs_no_file(tmp_path):
    photo = replace(PHOTO, tags=())
    assert read_maps(tmp_path, photo).item.scores.shape == (0, 24, 32)
    assert read_maps(tmp_path, photo, background=True).item.scores.min() == 1
    write_psa(tmp_path, maps())
    assert read_maps(tmp_path, photo).dropped == 3


@pytest.mark.parametrize("size", [(32, 24), (24, 24), (24, 34)])
def test_another_aspect_ratio_is_refused(size, tmp_path):
    write_array(tmp_path, maps(size))
    with pytest.raises(UserError, match=r"p\.npy is .* x .*, but its photo is 32 x 24"):
        read_maps(tmp_path)


@pytest.mark.parametrize("stride", [4, 8, 16, 32])
def test_maps_of_any_stride_are_read(stride, tmp_path):
    photo = replace(PHOTO, size=(375, 500))
    low, high = (375 // stride, 500 // stride), (-(-375 // stride), -(-500 // stride))
    for rows, columns in (low, high, (low[0] + 1, low[1] + 1)):
        write_array(tmp_path, maps((rows, columns)))
        assert read_maps(tmp_path, photo).item.scores.shape == (2, rows, columns)
    write_array(tmp_path, maps((500 // stride, 375 // stride)))
    with pytest.raises(UserError, match="aspect ratio"):
        read_maps(tmp_path, photo)


def test_ambiguous_layout_must_be_named(tmp_path):
    write_psa(tmp_path, maps())
    write_npz(tmp_path, maps())
    with pytest.raises(UserError, match="photo p has maps in two layouts"):
        read_maps(tmp_path)
    assert read_maps(tmp_path, layout="npz").dropped == 1
    with pytest.raises(UserError, match=r"p\.npy has the layout psa, .* 'layout' is 'irn'"):
        read_maps(tmp_path, layout="irn")


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        ({0: np.ones((24, 32)), 7: np.ones((24, 32))}, "map of '7'.*index from 0 to 2"),
        ({"cta": np.ones((24, 32))}, r"map of 'cta' \(did you mean 'cat'\?\)"),
        ({0: np.ones((24, 32)), "cat": np.ones((24, 32))}, "two maps of 'cat'"),
        ({-1: np.ones((24, 32))}, "map of '-1'"),
        ({0: np.ones((24, 32)), 2: np.ones((12, 16))}, "different sizes"),
        ({0: np.ones(24), 2: np.ones(24)}, r"map of 'cat' in .* is an array \(24,\)"),
        ({0: np.full((24, 32), np.nan), 2: np.ones((24, 32))}, "not finite"),
        ({0: np.full((24, 32), 1e300), 2: np.ones((24, 32))}, "not finite"),
        ({"keys": np.array([0, 2])}, "neither 'high_res' nor 'cam'"),
        ({"keys": np.array([0.0, 2.0]), "cam": np.ones((2, 6, 8))}, "one class index for each map"),
        ({"keys": np.array([0]), "cam": np.ones((2, 6, 8))}, "one class index for each map"),
        (np.ones((24, 32)), "K = 3 for all classes or 2"),
    ],
)
def test_invalid_maps_are_refused_by_name(saved, words, tmp_path):
    np.save(tmp_path / "p.npy", saved)
    with pytest.raises(UserError, match=words) as refused:
        read_maps(tmp_path)
    assert "p.npy" in str(refused.value) and "\n" not in str(refused.value)


def test_invalid_png_maps_are_refused_by_name(tmp_path):
    Image.new("RGB", (32, 24)).save(tmp_path / "p_cat.png")
    with pytest.raises(UserError, match=r"p_cat\.png has mode RGB"):
        read_maps(tmp_path)
    (tmp_path / "p_cat.png").write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"p_cat\.png cannot be read"):
        read_maps(tmp_path)


def test_class_names_cannot_leave_the_folder(tmp_path):
    (tmp_path / "in").mkdir()
    Image.new("L", (32, 24)).save(tmp_path / "secret.png")
    photo = replace(PHOTO, id="p", tags=(1,), classes=("../secret", "/etc/x", "a\0b"))
    (tmp_path / "in" / "p").mkdir()
    with pytest.raises(UserError, match=r"has no map of '\.\./secret'"):
        read_maps(tmp_path / "in", photo)


def test_missing_folder_is_refused_by_name(tmp_path):
    for folder in (None, str(tmp_path / "no")):
        with pytest.raises(UserError, match="setting 'folder'"):
            read_foreign_map(PHOTO, ForeignMapSettings(folder=folder))
