"""Class maps of groups against one photo and group after the other, and the maps of all epochs."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wsss.cams.group_export import GroupExport, accumulate, fill_lost
from wsss.cams.group_maps import GroupMaps, group_maps, initial_views
from wsss.cams.group_settings import GroupExportSettings
from wsss.classify.cam import Cam
from wsss.classify.group import Group
from wsss.classify.group_settings import GroupSettings
from wsss.classify.settings import ClassifierSettings
from wsss.data.photo import Photo
from wsss.run.errors import UserError

CPU = torch.device("cpu")
SMALL = {"backbone": "tf_efficientnet_lite0", "weights": "none"}
EXPORT = GroupExportSettings(scales=(0.5, 1.0), groups=2, precision="float32")
SIZES = [(48, 64), (64, 48), (40, 56), (56, 56), (48, 48)]
TAGS = [(1, 3), (1, 3), (3, 1), (1, 3), (2,)]
PHOTOS = [Photo(f"p{k}", f"p{k}.jpg", tags) for k, tags in enumerate(TAGS)]


def draw(photo):
    """Random pixels of a photo, always the same."""
    place = int(photo.id[1:])
    rng = np.random.default_rng(place)
    return rng.integers(0, 256, (*SIZES[place], 3), dtype=np.uint8)


def make_task(seed=0, **settings):
    torch.manual_seed(seed)
    small = {**SMALL, "extra_layers": 1, "extra_width": 8, **settings}
    task = Group(GroupSettings(**small), 3)
    task.network.head.weight.data.mul_(100)
    task.network.eval()
    return task


TASK = make_task()
ALONE = make_task(size=1)


def make_export(settings=EXPORT, tasks=(TASK,), photos=PHOTOS):
    """An export of a classifier whose epochs are `tasks`; the last one is the classifier."""
    load = lambda epoch: tasks[-1 if epoch is None else epoch]  # noqa: E731
    return GroupExport(load, len(tasks), photos, draw, settings, CPU)


def export(settings=EXPORT, tasks=(TASK,), photos=PHOTOS, leaders=PHOTOS):
    """Id -> map."""
    made = make_export(settings, tasks, photos)
    return dict(made.maps(lambda: [(photo, draw(photo)) for photo in leaders]))


@torch.no_grad()
def look(photo, factor, mirrored):
    """The initial maps (C, h, w) of a photo at a scale."""
    image = torch.from_numpy(draw(photo)).permute(2, 0, 1)[None].float() / 255
    size = tuple(round(side * factor) for side in image.shape[2:])
    view = F.interpolate(image, size, mode="bilinear", antialias=True) if factor != 1 else image
    return TASK.network(view.flip(3) if mirrored else view)[0][0]


@torch.no_grad()
def sum_views(members, grid):
    """The summed map of the first photo of a group: each view by itself, all photos padded by hand
    to one size."""
    total = 0
    for factor in EXPORT.scales:
        for mirrored in (False, True):
            maps = [look(photo, factor, mirrored) for photo in members]
            height = max(m.shape[1] for m in maps)
            width = max(m.shape[2] for m in maps)
            states = torch.zeros(1, len(maps), 3, height, width)
            inside = torch.zeros(1, len(maps), 1, height, width).bool()
            for k, m in enumerate(maps):
                states[0, k, :, : m.shape[1], : m.shape[2]] = m
                inside[0, k, :, : m.shape[1], : m.shape[2]] = True
            h, w = maps[0].shape[1:]
            final = TASK.network.graph(states, inside)[0, 0, :, :h, :w]
            seen = ((maps[0] + final) / 2).relu()[None]
            seen = F.interpolate(seen, grid, mode="bilinear", antialias=h > grid[0])[0]
            total = total + (seen.flip(2) if mirrored else seen)
    return total


def test_maps_of_a_photo_are_the_mean_over_its_groups_one_by_one():
    groups = [[PHOTOS[0], PHOTOS[1], PHOTOS[2]], [PHOTOS[0], PHOTOS[3], PHOTOS[1]]]
    views = [[initial_views(TASK.network, draw(p), EXPORT, CPU) for p in g] for g in groups]
    found = group_maps(TASK, views, (1, 3), EXPORT, (6, 8))
    slow = torch.stack([sum_views(group, (6, 8))[[0, 2]] for group in groups])
    mean = slow.mean(dim=0)
    largest = mean.amax(dim=(1, 2), keepdim=True)
    assert torch.allclose(found.maps, mean / (largest + 1e-5), atol=1e-4)
    each = slow / (slow.amax(dim=(2, 3), keepdim=True) + 1e-5)
    spread = ((each - each.mean(dim=0)) ** 2).mean(dim=0).sqrt().mean()
    assert np.isclose(found.spread, float(spread), atol=1e-4) and found.spread > 1e-4


def test_shards_export_what_the_whole_split_exports(monkeypatch):
    whole = export()
    for shard in (PHOTOS[:2], PHOTOS[3:1:-1], PHOTOS[4:]):
        for photo, item in export(leaders=shard).items():
            assert np.array_equal(item.scores, whole[photo].scores)
    shuffled = export(photos=PHOTOS[::-1])
    monkeypatch.setattr("wsss.cams.group_export.CACHE_BYTES", 1)
    forgetful = export()
    for photo, item in whole.items():
        assert np.array_equal(item.scores, shuffled[photo].scores)
        assert np.array_equal(item.scores, forgetful[photo].scores)
        assert item.size == SIZES[int(photo[1:])] and item.labels.tolist() == list(
            TAGS[int(photo[1:])]
        )


def test_partners_differ_between_the_groups_of_a_photo():
    made = make_export()
    list(made.maps(lambda: []))
    drawn = [tuple(p.id for p in made._partners_of(PHOTOS[0], g)) for g in range(12)]
    assert len(set(drawn)) > 2
    assert all(set(ids) <= {"p1", "p2", "p3"} and len(set(ids)) == 2 for ids in drawn)
    assert [p.id for p in made._partners_of(PHOTOS[4], 0)] == ["p4", "p4"]


def test_spread_and_photos_that_lack_partners_are_told():
    made = make_export()
    list(made.maps(lambda: [(photo, draw(photo)) for photo in PHOTOS]))
    text = made.account()
    assert "fewer than 2 others: 1 of 5; the first is p4" in text
    assert "spread between the 2 groups of a photo: 0." in text
    assert 0 < made.measured()["group_spread"] < 1
    alone = make_export(tasks=(ALONE,))
    list(alone.maps(lambda: [(photo, draw(photo)) for photo in PHOTOS]))
    assert alone.account() == "" and alone.measured() == {}


def test_photos_without_tags_have_maps_without_channels_and_are_no_partners():
    untagged = Photo("p3", "p3.jpg", ())
    photos = [*PHOTOS[:3], untagged]
    maps = export(photos=photos, leaders=photos)
    assert maps["p3"].scores.shape == (0, 7, 7)
    assert maps["p0"].scores.shape == (2, 6, 8)


def test_largest_maps_of_all_epochs_one_by_one():
    tasks = (make_task(1), make_task(2), make_task(3))
    settings = EXPORT.model_copy(update={"accumulate": True, "groups": 1, "accumulate_from": 0.5})
    found = export(settings, tasks)
    for photo in PHOTOS:
        largest = np.zeros_like(found[photo.id].scores)
        for epoch in range(len(tasks)):
            made = make_export(settings, tasks)
            made._use(epoch)
            item = made._maps_of(photo, draw(photo), epoch)
            for k in range(len(photo.tags)):
                if item.probabilities[k] >= 0.5:
                    largest[k] = np.maximum(largest[k], item.maps[k].numpy())
        for k in range(len(photo.tags)):
            if not largest[k].any():
                largest[k] = item.maps[k].numpy()
        assert np.array_equal(found[photo.id].scores, largest)


def test_an_epoch_counts_for_likely_classes_only():
    maps = torch.tensor([[[0.2, 1.0]], [[1.0, 0.3]]])
    found = GroupMaps(maps, torch.tensor([0.1, 0.05]), 0.0)
    kept = accumulate(None, found, 0.1)
    assert torch.equal(kept, torch.tensor([[[0.2, 1.0]], [[0.0, 0.0]]]))
    before = torch.tensor([[[0.6, 0.4]], [[0.0, 0.1]]])
    assert torch.equal(accumulate(before, found, 0.1), torch.tensor([[[0.6, 1.0]], [[0.0, 0.1]]]))
    assert torch.equal(fill_lost(kept, found), maps)


def test_other_classifiers_and_models_without_epochs_are_refused():
    plain = Cam(ClassifierSettings(**SMALL), 3)
    with pytest.raises(UserError, match="take 'cams: cams'"):
        export(tasks=(plain,))
    settings = EXPORT.model_copy(update={"accumulate": True})
    with pytest.raises(UserError, match="keep_epochs: true"):
        export(settings, tasks=())
