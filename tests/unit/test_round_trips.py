"""Labels in other tools' formats, read back as corrections: the same maps where a format loses
nothing, and then the same files.
"""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from wsss.brought.corrections import add_corrections
from wsss.data.correction_values import read_correction
from wsss.data.file_cache import FileCache
from wsss.data.images import IGNORE, photo_size, write_labels
from wsss.export.cleaning import clean_labels, smooth
from wsss.export.registry import FORMATS
from wsss.export.settings import ExportSettings
from wsss.labels.pieces import join_small_pieces
from wsss.run.methods import load

EXACT = ExportSettings(tolerance=0)
LOSSLESS = {"coco": False, "labelme": True, "cvat": True, "label_studio": True}
"""format -> whether it keeps pixels of IGNORE"""


def blobs(size, seed, ignore=True):
    """A label map of round blobs with holes, of noise in one corner, and of ignored pixels."""
    random = np.random.default_rng(seed)
    fields = [gaussian_filter(random.normal(size=size), 4) for _ in range(3)]
    labels = np.argmax([np.full(size, 0.03), *fields], axis=0).astype(np.uint8)
    labels[-12:, -12:] = random.integers(0, 4, (12, 12))
    if ignore:
        labels[labels == 3] = IGNORE
        labels[0, :5] = IGNORE
    labels[labels == 3] = 2
    return labels


def export(index, form, labels, folder, settings=EXACT):
    folder.mkdir(parents=True)
    load(FORMATS[form].code)(index, labels, folder, settings)


def read_back(index, folder):
    """Photo id -> label map, of a folder of corrections."""
    corrected, _ = add_corrections(index, str(folder), "train", FileCache(index.root))
    photos = [corrected.photos[photo_id] for photo_id in index.splits["train"]]
    return {photo.id: read_correction(corrected, photo) for photo in photos}


def files_of(folder):
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


@pytest.mark.parametrize("form", LOSSLESS)
def test_formats_without_loss_give_the_same_maps_and_the_same_files(index, form, tmp_path):
    labels = {}
    for seed, photo in enumerate(index.split("train")):
        labels[photo.id] = blobs(photo_size(index.image_path(photo)), seed, LOSSLESS[form])
    export(index, form, labels.items(), tmp_path / "first/made")
    found = read_back(index, tmp_path / "first/made")
    for photo_id, map_ in labels.items():
        assert np.array_equal(found[photo_id], map_), photo_id
        write_labels(tmp_path / "a.png", map_)
        write_labels(tmp_path / "b.png", found[photo_id])
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    export(index, form, found.items(), tmp_path / "again/made")
    assert files_of(tmp_path / "first") == files_of(tmp_path / "again")


def test_pngs_are_read_back(index, tmp_path):
    labels = {}
    for seed, photo in enumerate(index.split("train")):
        labels[photo.id] = blobs(photo_size(index.image_path(photo)), seed)
        write_labels(tmp_path / f"{photo.id}.png", labels[photo.id])
    found = read_back(index, tmp_path)
    assert all(np.array_equal(found[photo_id], labels[photo_id]) for photo_id in labels)


def test_coarse_polygons_have_fewer_points_and_lose_few_pixels(index, tmp_path):
    photo = index.split("train")[0]
    labels = clean_labels(blobs((72, 96), 0), ExportSettings(smoothing=2, smallest_piece=0.01))
    points, right = [], []
    for tolerance in (0, 0.5, 1.5):
        folder = tmp_path / str(tolerance)
        settings = ExportSettings(tolerance=tolerance)
        export(index, "labelme", [(photo.id, labels)], folder, settings)
        points.append((folder / f"{photo.id}.json").read_text().count("[") // 2)
        right.append((read_back(index, folder)[photo.id] == labels).mean())
    assert points[0] > points[1] > points[2]
    assert right[0] == 1 and right[1] > 0.98 and right[2] > 0.9


def slow_smooth(labels, deviation):
    """Each pixel by itself: the weights of all pixels of each label, by a Gaussian."""
    reach = int(4 * deviation + 0.5)
    padded = np.pad(labels, reach, mode="edge")
    offsets = np.arange(-reach, reach + 1)
    bell = np.exp(-(offsets**2) / (2 * deviation**2))
    kernel = np.outer(bell, bell) / bell.sum() ** 2
    found = np.zeros_like(labels)
    for row, column in np.ndindex(*labels.shape):
        around = padded[row : row + 2 * reach + 1, column : column + 2 * reach + 1]
        values = np.unique(around)
        weights = [kernel[around == value].sum() for value in values]
        found[row, column] = values[np.argmax(weights)]
    return found


def test_smoothing_takes_the_label_of_most_weight():
    labels = blobs((30, 40), 3)
    found, expected = smooth(labels, 1.5), slow_smooth(labels, 1.5)
    assert (found == expected).mean() > 0.999  # float32 beside float64
    assert (found != labels).any()


def test_cleaning_does_what_the_settings_ask_for():
    labels = blobs((72, 96), 1)
    assert clean_labels(labels, ExportSettings()) is labels
    both = clean_labels(labels, ExportSettings(smoothing=2, smallest_piece=0.01))
    assert np.array_equal(both, join_small_pieces(smooth(labels, 2), 0.01))
    assert not np.array_equal(both, smooth(labels, 2))
