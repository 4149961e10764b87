"""What is remembered of photos: crops that are painted and read, against loops over pixels."""

import numpy as np
import pytest
import torch

from wsss.data.images import IGNORE
from wsss.segment.label_memory import LabelMemory, Shown, look_up, paint
from wsss.training.augment import augment
from wsss.training.settings import TrainingSettings

CROP = TrainingSettings(crop=24, long_side=(16, 60), jitter=0)


def crop_of(seed, photo=None, **changes):
    """A random crop of a photo of 30 x 40 pixels, whose red is its row and green its column."""
    rows, columns = np.mgrid[:30, :40]
    photo = np.stack([rows, columns, 0 * rows], axis=2).astype(np.uint8)
    settings = CROP.model_copy(update=changes)
    return augment(photo, {}, {}, settings, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(8))
def test_place_says_which_pixel_of_the_photo_each_line_of_the_crop_shows(seed):
    crop = crop_of(seed)
    for axis, length in ((0, 30), (1, 40)):
        shares = crop.place[axis]
        inside = crop.place[1 - axis] >= 0
        seen = crop.image[axis].float()  # (rows, columns)
        lines = seen[:, inside].mean(dim=1) if axis == 0 else seen[inside].mean(dim=0)
        known = shares >= 0
        expected = shares[known] * length - 0.5
        inner = (expected > 2) & (expected < length - 3)  # resizing repeats the border
        assert torch.allclose(lines[known][inner], expected[inner], atol=1.0)
        assert known.any() and (shares[~known] == -1).all()


def test_mirrored_crop_counts_columns_from_the_right():
    places = [crop_of(seed).place[1] for seed in range(8)]
    rising = {bool(place[place >= 0].diff().gt(0).all()) for place in places}
    assert rising == {True, False}


def slow_paint(grid, crop, place):
    """Each cell whose centre is within the crop takes the nearest pixel."""
    side, place = grid.shape[1], place.astype(float)
    lines = [np.flatnonzero(shares >= 0) for shares in place]
    ends = []
    for shares, known in zip(place, lines):
        half = (shares[known].max() - shares[known].min()) / (len(known) - 1) / 2
        ends.append((shares[known].min() - half, shares[known].max() + half))
    for y, x in np.ndindex(side, side):
        centre = (y + 0.5) / side, (x + 0.5) / side
        if all(low <= at <= high for at, (low, high) in zip(centre, ends)):
            nearest = []
            for at, shares, known in zip(centre, place, lines):
                nearest.append(known[np.argmin(np.abs(shares[known] - at))])
            grid[:, y, x] = crop[:, nearest[0], nearest[1]]


@pytest.mark.parametrize("seed", range(6))
def test_crop_is_painted_into_the_cells_that_it_shows(seed):
    crop = crop_of(seed)
    maps = np.random.default_rng(seed).integers(0, 255, (2, 24, 24)).astype(np.uint8)
    grids = [np.full((2, 20, 20), 77, np.uint8) for _ in range(2)]
    paint(grids[0], maps, crop.place.numpy())
    slow_paint(grids[1], maps, crop.place.numpy())
    assert (grids[0] == grids[1]).all()


@pytest.mark.parametrize("seed", range(6))
def test_crop_reads_the_cell_of_each_pixel(seed):
    place = crop_of(seed).place.numpy()
    grid = np.random.default_rng(seed).integers(0, 255, (2, 20, 20)).astype(np.uint8)
    found = look_up(grid, place)
    for y, x in np.ndindex(24, 24):
        if place[0, y] < 0 or place[1, x] < 0:
            assert found[:, y, x].tolist() == [IGNORE, 0]
        else:
            cell = int(place[0, y] * 20), int(place[1, x] * 20)
            assert (found[:, y, x] == grid[:, cell[0], cell[1]]).all()


def test_other_crop_sees_the_label_of_the_same_object():
    """A photo whose left third is label 3: what one crop painted, another one reads there."""
    memory = LabelMemory(64, 3)
    for seed in range(5):
        place = crop_of(seed).place
        memory.store("photo", Shown(label_of(place), torch.full((24, 24), 0.6)), place)
    for seed in range(50, 56):
        place = crop_of(seed).place
        memory._left["photo"] = 1
        shown, truth = memory.read("photo", place), label_of(place)
        known = shown.labels != IGNORE
        agree = (shown.labels == truth)[known & (truth != IGNORE)]
        assert agree.float().mean() > 0.95 and known.float().mean() > 0.2
        assert torch.allclose(shown.confidence[known], torch.tensor(0.6), atol=1 / 255)


def label_of(place):
    """Label 3 in the left third of the photo, 1 elsewhere, IGNORE in the padding."""
    rows, columns = place[0][:, None], place[1][None]
    labels = torch.where(columns < 1 / 3, 3, 1).expand(24, 24)
    return torch.where((rows < 0) | (columns < 0), IGNORE, labels).to(torch.uint8)


def made_at(memory, photo, times):
    """The times that a photo is seen at which its labels are made."""
    place, made = crop_of(0).place, []
    for time in range(times):
        if memory.is_due(photo):
            made.append(time)
            memory.store(photo, Shown(label_of(place), torch.ones(24, 24)), place)
        else:
            memory.read(photo, place)
    return made


def test_labels_are_made_at_every_so_many_th_time_and_not_of_all_photos_at_once():
    memory, seconds = LabelMemory(16, 4), set()
    for photo in map(str, range(20)):
        made = made_at(memory, photo, 14)
        assert made[0] == 0 and 1 <= made[1] <= 4
        assert set(np.diff(made[1:])) == {4}
        seconds.add(made[1])
    assert len(seconds) > 1


def test_refresh_one_makes_labels_each_time_and_remembers_nothing():
    memory = LabelMemory(16, 1)
    assert made_at(memory, "photo", 5) == [0, 1, 2, 3, 4]
    assert memory.state() == {"packed": {}, "left": {}}


def test_restored_memory_goes_on_as_the_one_that_was_saved():
    first, second = LabelMemory(16, 3), LabelMemory(16, 3)
    place = crop_of(1).place
    first.store("photo", Shown(label_of(place), torch.rand(24, 24)), place)
    first._left["photo"] = 2
    second.restore(first.state())
    pair = [memory.read("photo", place) for memory in (first, second)]
    assert all(torch.equal(a, b) for a, b in zip(*pair))
    assert first.state()["left"] == second.state()["left"] == {"photo": 1}
