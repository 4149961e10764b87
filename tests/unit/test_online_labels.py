"""Online labels of a photo against their rules, pixel by pixel, and where nothing is sure."""

import numpy as np
import pytest
import torch

from wsss.crf.photo import ROWS, dense_crf
from wsss.crf.settings import CrfSettings
from wsss.data.images import IGNORE
from wsss.datasets.mini import draw_scene
from wsss.datasets.mini_settings import MiniSettings
from wsss.segment.online_account import OnlineAccount
from wsss.segment.online_labels import (
    Seen,
    find_sure,
    label_photo,
    label_photos,
    scale_kernels,
    two_crfs,
    with_background,
)
from wsss.segment.online_maps import average_scales, find_tags, see_photo
from wsss.segment.online_settings import OnlineSettings

SETTINGS = OnlineSettings(crf=CrfSettings(backend="pydensecrf"))
SIZE = (24, 32)


def draw(seed=0, tags=(2, 5)):
    """A drawn photo, and smooth class maps of its tags."""
    scene = draw_scene(np.random.default_rng(seed), MiniSettings(width=32, height=24), first=0)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    rng, maps = np.random.default_rng(seed), []
    for _ in tags:
        cy, cx = rng.uniform(4, 20), rng.uniform(4, 28)
        bell = np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / 40)
        maps.append(bell / bell.max())
    stack = np.array(maps, np.float32).reshape(len(tags), *SIZE)
    return Seen(scene.photo, stack, tags)


def slow_sure(maps, s):
    """bool (H, W), and whether a class has a pixel above the threshold."""
    sure, scores = np.zeros(SIZE, bool), {}
    for y, x in np.ndindex(SIZE):
        values = [(1 - maps[:, y, x].max()) ** s.alpha_high, *maps[:, y, x]]
        best = int(np.argmax(values))
        if best == 0:
            sure[y, x] = values[0] > s.cam_background
        elif values[best] > s.cam_above:
            scores.setdefault(best, {})[y, x] = float(np.float32(values[best]))
    for found in scores.values():
        limit = np.percentile(list(found.values()), s.cam_percentile)
        for place, score in found.items():
            sure[place] = score >= limit - 1e-7
    return sure, bool(scores)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("percentile", [0, 60, 100])
def test_maps_are_sure_of_the_best_pixels_of_each_class_and_of_clear_background(seed, percentile):
    settings = SETTINGS.model_copy(update={"cam_percentile": percentile, "cam_above": 0.3})
    maps = draw(seed).maps
    found = find_sure(maps, settings)
    sure, finds_class = slow_sure(maps, settings)
    assert (found.sure == sure).all() and found.finds_class == finds_class is True
    assert 0 < sure.sum() < sure.size
    assert np.allclose(found.score, with_background(maps, settings.alpha_high).max(axis=0))


def slow_labels(seen, s):
    """The labels by the rules, from the marginals of each CRF alone."""
    low, high = (
        dense_crf(seen.photo, with_background(seen.maps, power), s.crf)
        for power in (s.alpha_low, s.alpha_high)
    )
    sure, _ = slow_sure(seen.maps, s)
    labels, certain = np.full(SIZE, IGNORE), np.zeros(SIZE)
    for y, x in np.ndindex(SIZE):
        certain[y, x] = max([high[0, y, x], *low[1:, y, x]])
        if not sure[y, x] or certain[y, x] < s.crf_above:
            continue
        if high[:, y, x].argmax() == 0:
            labels[y, x] = 0
        elif low[:, y, x].argmax() > 0:
            labels[y, x] = seen.tags[low[:, y, x].argmax() - 1]
    return labels, certain


@pytest.mark.parametrize("seed", range(3))
def test_labels_are_where_maps_and_crfs_are_sure(seed):
    settings = SETTINGS.model_copy(update={"cam_percentile": 20.0, "crf_above": 0.6})
    seen = draw(seed)
    made = label_photo(seen, settings)
    labels, certain = slow_labels(seen, settings)
    assert (made.labels == labels).all() and made.labels.dtype == np.uint8
    assert np.allclose(made.confidence, certain, atol=1e-5)
    assert {0, IGNORE} < set(np.unique(labels).tolist())


@pytest.mark.parametrize("confidence", ["crf", "cam", "none"])
def test_confidence_is_what_the_setting_says(confidence):
    seen = draw()
    made = label_photo(seen, SETTINGS.model_copy(update={"confidence": confidence}))
    low, high = two_crfs(seen, SETTINGS)
    expected = {
        "crf": np.maximum(high[0], low[1:].max(axis=0)),
        "cam": with_background(seen.maps, 32).max(axis=0),
        "none": np.ones(SIZE),
    }
    assert np.allclose(made.confidence, expected[confidence], atol=1e-6)


def test_photo_without_a_pixel_above_the_threshold_has_no_label_at_all():
    """Its maps say background everywhere, which its tags deny."""
    seen = draw()
    for maps in (np.zeros_like(seen.maps), 0.05 * seen.maps):
        made = label_photo(seen._replace(maps=maps), SETTINGS)
        assert (made.labels == IGNORE).all() and not made.confidence.any()


def test_class_without_a_pixel_leaves_the_labels_of_others():
    seen = draw()
    maps = seen.maps.copy()
    maps[1] = 0
    found = set(np.unique(label_photo(seen._replace(maps=maps), SETTINGS).labels).tolist())
    assert found == {0, seen.tags[0], IGNORE}


def test_tag_that_is_not_found_leaves_the_other_classes_and_no_background():
    """As if its map were 0; but then it may be anywhere, so nothing is sure to be background."""
    seen = draw()
    maps = seen.maps.copy()
    maps[1] = 0
    known = label_photo(seen._replace(maps=maps), SETTINGS).labels
    made = label_photo(seen._replace(maps=maps, lost=1), SETTINGS).labels
    assert (known == 0).any() and (made == seen.tags[0]).any()
    assert (made == np.where(known == 0, IGNORE, known)).all()
    alone = seen._replace(maps=np.zeros_like(maps), lost=2)
    assert (label_photo(alone, SETTINGS).labels == IGNORE).all()


def test_a_tag_is_found_where_its_mean_score_is_large_enough():
    maps = torch.tensor([[[[-3.0, 1.0]], [[0.0, 2.0]], [[2.0, 2.0]]]])
    means = (-1.0, 1.0, 2.0)
    probabilities = [1 / (1 + np.exp(-mean)) for mean in means]
    for least in (0.0, 0.2, 0.5, 0.8, 1.0):
        assert find_tags(maps, least).tolist() == [[p >= least for p in probabilities]]
    image, tags = torch.rand(3, 8, 8), torch.tensor([1.0, 0, 1])
    found, whole = torch.tensor([False, False, True]), torch.ones(8, 8).byte()
    seen = see_photo(image, maps[0], tags, whole, found)
    assert seen.tags == (1, 3) and seen.lost == 1
    assert not seen.maps[0].any() and seen.maps[1].max() == pytest.approx(1, abs=1e-4)


def test_photo_without_tags_has_no_label():
    assert (label_photo(draw(tags=()), SETTINGS).labels == IGNORE).all()


def test_photos_are_labelled_alike_alone_and_in_parallel():
    photos = [draw(seed) for seed in range(4)]
    for threads in (0, 3):
        for made, seen in zip(label_photos(photos, SETTINGS, threads), photos):
            alone = label_photo(seen, SETTINGS)
            assert (made.labels == alone.labels).all()
            assert (made.confidence == alone.confidence).all()


def test_smaller_copy_gives_nearly_the_same_labels_at_the_photo_s_size():
    seen = draw()
    whole, half = (
        two_crfs(seen, SETTINGS.model_copy(update={"crf_scale": scale})) for scale in (1, 0.5)
    )
    for a, b in zip(whole, half):
        assert a.shape == b.shape == (3, *SIZE)
        assert (a.argmax(axis=0) == b.argmax(axis=0)).mean() > 0.85


def test_kernels_shrink_with_the_photo_also_those_of_a_published_row():
    for settings in (CrfSettings(row="rrm"), CrfSettings(bilateral_xy=83, bilateral_rgb=5)):
        scaled = scale_kernels(settings, 0.5)
        assert (scaled.gaussian_xy, scaled.bilateral_xy, scaled.row) == (1.5, 41.5, "own")
        assert scaled.bilateral_rgb == ROWS["rrm"][3] == 5


def test_class_maps_of_scales_are_averaged_on_the_finest_grid():
    """A network whose maps are the mean colour of each 8 x 8 pixels."""
    images, seen = torch.rand(2, 3, 32, 32), []

    def class_maps(views):
        seen.append(views.shape[-1])
        return torch.nn.functional.avg_pool2d(views, 8) - 0.4

    maps = average_scales(images, (0.5, 1.0, 2.0), class_maps, class_maps(images))
    assert seen == [32, 16, 64] and maps.shape == (2, 3, 8, 8)
    total = torch.zeros(2, 3, 8, 8)
    for side in (16, 32, 64):
        view = torch.nn.functional.interpolate(
            images, (side, side), mode="bilinear", antialias=True
        )
        cells = (torch.nn.functional.avg_pool2d(view, 8) - 0.4).relu()
        total += torch.nn.functional.interpolate(cells, (8, 8), mode="bilinear")
    assert torch.allclose(maps, total / 3, atol=1e-5)
    without = average_scales(images, (0.5, 1.0, 2.0), class_maps)
    assert torch.allclose(maps, without, atol=1e-5)


def test_padding_takes_no_part_in_what_labels_are_made_of():
    image, maps, region = torch.rand(3, 16, 16), torch.rand(4, 8, 8), torch.zeros(16, 16).byte()
    region[3:13, 5:] = 1
    tags = torch.tensor([0.0, 1, 0, 1])
    seen = see_photo(image, maps, tags, region, torch.ones(4, dtype=torch.bool))
    full = torch.nn.functional.interpolate(maps[None], (16, 16), mode="bilinear")[0]
    inside = full[[1, 3], 3:13, 5:]
    expected = inside / inside.amax(dim=(1, 2), keepdim=True)
    assert seen.tags == (2, 4) and seen.photo.shape == (10, 11, 3)
    assert np.allclose(seen.maps, expected.numpy(), atol=1e-3)
    assert np.abs(seen.photo / 255 - image[:, 3:13, 5:].permute(1, 2, 0).numpy()).max() < 0.003


NAMES = ("background", "cow", "sheep", "dog")


def test_account_tells_photos_without_sure_pixels_and_classes_without_any():
    account = OnlineAccount(3)
    labels = torch.full((3, 4, 4), IGNORE, dtype=torch.uint8)
    labels[0, 0], labels[0, 1] = 0, 1
    account.add(labels, torch.tensor([[1.0, 0, 0], [1, 1, 0], [0, 0, 0]]))
    other = OnlineAccount(3)
    other.restore(account.state())
    assert other.close(NAMES, torch.clone) == [
        "online labels: 2 photos, 1 of them without a sure pixel",
        "no pixel was sure in this epoch of: sheep; of them only the tags were learned",
    ]
    assert other.close(NAMES, torch.clone) == [], "the next epoch begins at 0"
    assert account.close(NAMES, lambda counts: 2 * counts)[0].startswith("online labels: 4 photos")


def test_account_names_no_class_that_no_photo_had():
    account = OnlineAccount(3)
    account.add(torch.ones(1, 4, 4, dtype=torch.uint8), torch.tensor([[1.0, 0, 0]]))
    assert account.close(NAMES, torch.clone) == [
        "online labels: 1 photos, 0 of them without a sure pixel",
        "no pixel was sure to be background in this epoch",
    ]


def test_account_tells_tags_that_were_not_found():
    account, other = OnlineAccount(3), OnlineAccount(3)
    labels = torch.zeros(2, 4, 4, dtype=torch.uint8)
    labels[1] = 2
    account.add(labels, torch.tensor([[0.0, 1, 0], [0, 1, 1]]))
    account.add_made([draw(), draw()._replace(lost=1), draw(tags=())])
    other.restore(account.state())
    assert other.close(NAMES, torch.clone)[1] == (
        "1 of 4 tags were not found in their photos (tag_above)"
    )
    assert len(other.close(NAMES, torch.clone)) == 0
