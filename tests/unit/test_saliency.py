"""Saliency: by contrast, from folders, the photos that a network trains on, duplicates, and the
score.
"""

import numpy as np
import pytest
import torch
from PIL import Image

from wsss.data.duplicates import find_shared_photos, perceptual_hash
from wsss.data.images import write_grey, write_labels
from wsss.data.photo import Photo
from wsss.data.regions import neighbours
from wsss.run.errors import UserError
from wsss.saliency.contrast import background_share, contrast_saliency, on_border
from wsss.saliency.contrast_settings import ContrastSettings
from wsss.saliency.folder import folder_saliency
from wsss.saliency.folder_settings import FolderSettings
from wsss.saliency.inputs import SaliencyInput
from wsss.saliency.maps import SaliencyMaps
from wsss.saliency.net_settings import SaliencyPhotosSettings
from wsss.saliency.photos import read_saliency_photos
from wsss.score.saliency import score_saliency


def unseen(pixels, name="a"):
    return SaliencyInput(Photo(name, f"{name}.jpg", (1,)), pixels, None, torch.device("cpu"))


def disc(height=120, width=160):
    """A red disc on uneven green, and its mask."""
    y, x = np.mgrid[:height, :width]
    inside = (y - 60) ** 2 + (x - 70) ** 2 < 30**2
    photo = np.where(inside[..., None], [200, 40, 40], [60, 130, 70]).astype(np.int64)
    return np.clip(photo + np.random.default_rng(0).integers(-15, 15, photo.shape), 0, 255).astype(
        np.uint8
    ), inside


def test_object_that_differs_from_the_border_is_salient():
    photo, inside = disc()
    saliency = contrast_saliency(unseen(photo), ContrastSettings(superpixels=100))
    assert saliency.shape == inside.shape and saliency.dtype == np.float32
    assert saliency[inside].mean() > 0.75 and saliency[~inside].mean() < 0.1
    assert saliency.min() >= 0 and saliency.max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (5, 5), (40, 3)])
def test_photos_of_any_size_and_of_one_colour_are_processed(size):
    saliency = contrast_saliency(unseen(np.full((*size, 3), 90, np.uint8)), ContrastSettings())
    assert saliency.shape == size and np.isfinite(saliency).all()


def test_border_connectivity_by_hand():
    """Three regions in a row, all of one colour: everything is reached from the border at no
    cost.
    """
    regions = np.array([[0, 1, 1, 2], [0, 1, 1, 2]])
    assert neighbours(regions).T.tolist() == [[0, 1], [1, 2]] and on_border(regions, 3).all()
    share = background_share(
        np.zeros((3, 3)), neighbours(regions), np.ones(3, bool), ContrastSettings()
    )
    assert np.allclose(share, 1 - np.exp(-((3 / np.sqrt(3)) ** 2) / 2), atol=1e-4)
    apart = background_share(
        np.array([[0, 90.0], [90.0, 0]]),
        np.array([[0], [1]]),
        np.array([True, False]),
        ContrastSettings(colour_sigma=10),
    )
    assert apart[0] > apart[1]


def test_wrong_saliency_map_is_refused_by_name(tmp_path):
    photo = np.zeros((4, 6, 3), np.uint8)
    settings = FolderSettings(folder=str(tmp_path))
    write_grey(tmp_path / "a.png", np.ones((4, 6)))
    write_grey(tmp_path / "b.png", np.ones((4, 4)))
    assert (folder_saliency(unseen(photo), settings) == 1).all()
    with pytest.raises(UserError, match=r"b\.png is 4 x 4 .* 6 x 4"):
        folder_saliency(unseen(photo, "b"), settings)
    with pytest.raises(UserError, match=r"c\.png is missing"):
        folder_saliency(unseen(photo, "c"), settings)
    with pytest.raises(UserError, match=r"'saliency.folder.folder' is 'None'.*contrast"):
        folder_saliency(unseen(photo), FolderSettings())


def test_resized_and_darkened_photo_is_recognised():
    rng = np.random.default_rng(1)
    photos = [
        np.asarray(
            Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)).resize((200, 150))
        )
        for _ in range(6)
    ]
    known = np.array([perceptual_hash(p) for p in photos[:5]])
    changed = np.asarray(
        Image.fromarray(photos[2]).resize((120, 90)).point(lambda v: int(v * 0.8 + 20))
    )
    found = find_shared_photos(
        [("x", perceptual_hash(changed)), ("y", perceptual_hash(photos[5]))], "abcde", known, 8
    )
    assert found == {"x": "c"}


@pytest.fixture
def other_photos(tmp_path, index):
    """Six photos with masks; the last is a photo of the dataset."""
    rng = np.random.default_rng(0)
    for folder in ("photos", "masks"):
        (tmp_path / folder).mkdir()
    for k in range(5):
        pixels = Image.fromarray(rng.integers(0, 255, (3, 4, 3), dtype=np.uint8)).resize((80, 60))
        pixels.save(tmp_path / "photos" / f"p{k}.jpg")
        Image.fromarray(np.full((60, 80), 255 * (k % 2), np.uint8)).save(
            tmp_path / "masks" / f"p{k}.png"
        )
    twin = index.split("val")[0]
    Image.open(index.image_path(twin)).save(tmp_path / "photos" / "twin.jpg", quality=60)
    Image.fromarray(np.zeros((72, 96), np.uint8)).save(tmp_path / "masks" / "twin.png")
    return SaliencyPhotosSettings(
        photos=str(tmp_path / "photos"), masks=str(tmp_path / "masks"), held_out=2
    ), twin.id


def test_photos_of_the_dataset_are_left_out_of_saliency_training(other_photos, index, tmp_path):
    settings, twin = other_photos
    (tmp_path / "out").mkdir()
    found, shared = read_saliency_photos(settings, index, tmp_path / "out", tmp_path / "out")
    assert shared == {"twin": twin} and set(found.photos) == {f"p{k}" for k in range(5)}
    assert len(found.split("heldout")) == 2 and not set(found.splits["train"]) & set(
        found.splits["heldout"]
    )
    for photo in found.photos.values():
        assert set(np.unique(np.array(Image.open(found.mask_path(photo))))) == {
            int(photo.id[1:]) % 2
        }
    path = tmp_path / "masks" / "p1.png"
    Image.fromarray(255 - np.array(Image.open(path))).save(path)
    again, _ = read_saliency_photos(settings, index, tmp_path / "out", tmp_path / "out")
    assert again.splits == found.splits
    changed = {
        name for name in found.splits if again.digests(name)["mask"] != found.digests(name)["mask"]
    }
    assert changed == {name for name, ids in found.splits.items() if "p1" in ids}
    assert all(
        again.digests(name)["photos"] == found.digests(name)["photos"] for name in found.splits
    )


def test_unusable_saliency_photos_are_refused_by_name(other_photos, index, tmp_path):
    settings, _ = other_photos
    with pytest.raises(UserError, match="more than 5 are needed"):
        read_saliency_photos(settings.model_copy(update={"held_out": 5}), index, tmp_path, tmp_path)
    with pytest.raises(UserError, match=r"'saliency_photos.masks' is 'nowhere'"):
        read_saliency_photos(
            settings.model_copy(update={"masks": "nowhere"}), index, tmp_path, tmp_path
        )
    Image.fromarray(np.zeros((5, 5), np.uint8)).save(tmp_path / "masks" / "p1.png")
    with pytest.raises(UserError, match=r"p1\.png is 5 x 5"):
        read_saliency_photos(settings, index, tmp_path, tmp_path)


def test_saliency_score_by_hand(tmp_path):
    write_grey(tmp_path / "a.png", np.array([[1.0, 0.4, 0.2, 0.0]]))
    write_labels(tmp_path / "mask.png", np.array([[3, 255, 1, 0]], np.uint8))
    write_grey(tmp_path / "b.png", np.array([[0.0, 0.2]]))
    pairs = [
        (Photo("a", "a.jpg", ()), np.array([[3, 255, 1, 0]], np.uint8)),
        (Photo("b", "b.jpg", ()), np.zeros((1, 2), np.uint8)),
    ]
    score = score_saliency(SaliencyMaps([str(tmp_path)]), pairs)
    assert score["max_f"] == 100 and 0 < score["threshold"] <= 0.2
    assert score["mae"] == pytest.approx(100 * (0.8 / 3 + 0.1) / 2, abs=0.1)
    nothing = score_saliency(SaliencyMaps([str(tmp_path)]), pairs[1:])
    assert nothing["max_f"] is None and nothing["mae"] == pytest.approx(10, abs=0.1)
