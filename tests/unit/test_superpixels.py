"""Superpixels: what every map of them must be, how SLIC follows a drawn scene, and their files."""

import shutil

import numpy as np
import pytest
from PIL import Image
from skimage.measure import label
from skimage.segmentation import find_boundaries

from tests.conftest import PROJECT
from wsss.data.images import read_ids, write_grey, write_ids
from wsss.data.superpixels import Superpixels
from wsss.plan.config import config_model
from wsss.plan.recipes import read_recipe
from wsss.plan.resolving import resolve
from wsss.plan.step_settings import StepSettings
from wsss.run.errors import UserError
from wsss.superpixels.slic import enlarge, slic_superpixels
from wsss.superpixels.slic_settings import SlicSettings


def scene(height=120, width=160):
    """A disc and a bar on an uneven ground, and the mask of both."""
    y, x = np.mgrid[:height, :width]
    mask = np.zeros((height, width), int)
    mask[(y - 60) ** 2 + (x - 60) ** 2 < 30**2] = 1
    mask[20:100, 120:140] = 2
    colours = np.array([[60, 130, 70], [200, 40, 40], [40, 60, 180]])[mask]
    noise = np.random.default_rng(0).integers(-4, 5, colours.shape)
    return np.clip(colours + noise, 0, 255).astype(np.uint8), mask


def pieces(ids):
    """How many pieces all regions have together, by a flood fill over sides."""
    return int(label(ids, connectivity=1, background=-1).max())


@pytest.mark.parametrize("long_side", [None, 70])
def test_every_superpixel_is_one_connected_region(long_side):
    photo, _ = scene()
    ids = slic_superpixels(photo, SlicSettings(count=100, long_side=long_side))
    assert ids.shape == photo.shape[:2]
    assert np.unique(ids).tolist() == list(range(ids.max() + 1))
    assert pieces(ids) == ids.max() + 1 and 50 <= ids.max() + 1 <= 150


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (40, 3), (1, 700)])
def test_photos_of_any_size_and_of_one_colour_are_processed(size):
    ids = slic_superpixels(np.full((*size, 3), 90, np.uint8), SlicSettings())
    assert ids.shape == size and pieces(ids) == len(np.unique(ids)) == ids.max() + 1


def test_equal_photos_have_equal_superpixels():
    photo, _ = scene()
    first, second = (slic_superpixels(photo.copy(), SlicSettings()) for _ in range(2))
    assert np.array_equal(first, second)


def test_superpixels_follow_the_edges_of_a_scene():
    photo, mask = scene()
    ids = slic_superpixels(photo, SlicSettings(count=100))
    edges, borders = find_boundaries(mask), find_boundaries(ids)
    assert borders[edges].mean() > 0.95 and borders.mean() < 0.5
    largest = np.array([np.bincount(mask[ids == n]).argmax() for n in range(ids.max() + 1)])
    assert (largest[ids] == mask).mean() > 0.99


def test_compactness_makes_superpixels_square():
    photo, mask = scene()
    square = slic_superpixels(photo, SlicSettings(count=100, compactness=1000))
    assert find_boundaries(square)[find_boundaries(mask)].mean() < 0.7


def test_enlarged_superpixels_repeat_the_nearest_cell():
    ids = np.array([[0, 1], [2, 1]])
    large = enlarge(ids, (3, 5))
    assert large.tolist() == [[0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [2, 2, 2, 1, 1]]


def test_saved_superpixels_are_read_back(tmp_path):
    ids = np.array([[0, 255, 256], [40_000, 65_535, 7]])
    write_ids(tmp_path / "a.png", ids)
    assert Image.open(tmp_path / "a.png").mode == "I;16"
    assert np.array_equal(read_ids(tmp_path / "a.png"), ids)
    assert read_ids(tmp_path / "a.png").dtype == np.int32


@pytest.mark.parametrize("wrong", [65_536, -1])
def test_too_many_superpixels_for_a_png_are_refused_by_name(tmp_path, wrong):
    with pytest.raises(UserError, match=rf"a\.png .*{wrong}.*65535; make fewer regions"):
        write_ids(tmp_path / "a.png", np.array([[0, wrong]]))
    assert not (tmp_path / "a.png").exists()


def test_superpixels_are_found_in_any_shard_and_checked_by_name(tmp_path):
    for shard, name in (("0-of-2", "a"), ("1-of-2", "b")):
        (tmp_path / shard).mkdir()
        write_ids(tmp_path / shard / f"{name}.png", np.array([[0, 300]]))
    write_grey(tmp_path / "0-of-2" / "grey.png", np.zeros((1, 2)))
    (tmp_path / "0-of-2" / "cut.png").write_bytes((tmp_path / "0-of-2" / "a.png").read_bytes()[:40])
    found = Superpixels([tmp_path / "0-of-2", tmp_path / "1-of-2"])
    assert found.read("b", (1, 2)).tolist() == [[0, 300]]
    for name, size, words in (
        ("c", (1, 2), "no superpixels of photo c"),
        ("a", (2, 2), r"a\.png are 2 x 1 pixels .* 2 x 2"),
        ("grey", (1, 2), r"grey\.png has mode L"),
        ("cut", (1, 2), r"cut\.png cannot be read"),
    ):
        with pytest.raises(UserError, match=words):
            found.read(name, size)


@pytest.mark.parametrize("split", ["train", "fit"])
def test_recipe_may_make_superpixels_before_training(tmp_path, split):
    for name in ("cam", "superpixels"):
        shutil.copy(PROJECT / "recipes" / f"{name}.yaml", tmp_path)
    (tmp_path / "both.yaml").write_text("about: b\nlike: cam\nchain: {superpixels: slic}\n")
    settings = StepSettings(config_model()().model_dump(), {})
    both, alone = (
        resolve(read_recipe(tmp_path / f"{name}.yaml"), settings, "base", split)
        for name in ("both", "superpixels")
    )
    assert both.names[:2] == ["superpixels", "classifier"] and alone.names == ["superpixels"]
    assert both.step("superpixels").folder == alone.step("superpixels").folder
    assert alone.supervision == [] and both.supervision == ["tags"]
