"""What is known besides a network: priors are joined with its probabilities pixel by pixel, and
factors on the labels are found from cells whose right factors are known.
"""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from wsss.classify.pooling import pool
from wsss.classify.settings import ClassifierSettings
from wsss.classify.tags import maps_and_tags, tag_probabilities
from wsss.data.priors import read_factors, write_priors
from wsss.nets.inference_settings import MultiScaleSettings
from wsss.nets.multiscale import scale_image
from wsss.run.errors import UserError
from wsss.segment.cells import CellSample
from wsss.segment.predict import predict_labels
from wsss.segment.predict_settings import PredictSettings
from wsss.segment.prior_shift import LARGEST, find_shift, shares_with, shift_of_cells
from wsss.segment.prior_shift_settings import PriorShiftSettings
from wsss.segment.priors import decide_labels, join_priors

CPU = torch.device("cpu")
PLAIN = {"scales": (1.0,), "flip": False, "precision": "float32"}
FACTORS, TAGS = [0.4, 2.0, 1.5, 0.8], [0.9, 0.01, 0.3]
PRIORS = ("none", "product", "foreground_first")


def draw_probabilities(labels=4, height=9, width=13, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(labels, height, width, generator=generator) * 2).softmax(dim=0)


def slow_label(probabilities, prior, background, factors, tags):
    """The label of one pixel by the rule in words, in float64."""
    values = [float(p) * f for p, f in zip(probabilities, factors)]
    values[0] *= background
    times_tags = [value * tag for value, tag in zip(values[1:], tags)]
    if prior == "none":
        return int(np.argmax(values))
    if prior == "product":
        return int(np.argmax([values[0], *times_tags]))
    return 0 if sum(values[1:]) <= values[0] else 1 + int(np.argmax(times_tags))


def slow_joined(probabilities, prior, background, factors, tags):
    """The probabilities of one pixel after all priors, in float64."""
    values = [float(p) * f for p, f in zip(probabilities, factors)]
    values[0] *= background
    if prior == "product":
        values[1:] = [value * tag for value, tag in zip(values[1:], tags)]
    if prior == "foreground_first":
        products = [value * tag for value, tag in zip(values[1:], tags)]
        values[1:] = [sum(values[1:]) * product / sum(products) for product in products]
    return [value / sum(values) for value in values]


@pytest.mark.parametrize("background", [1.0, 0.3])
@pytest.mark.parametrize("factors", [None, FACTORS])
@pytest.mark.parametrize("prior", PRIORS)
def test_priors_are_joined_pixel_by_pixel(prior, factors, background):
    maps = draw_probabilities()
    settings = PredictSettings(tag_prior=prior, background=background)
    given = None if factors is None else torch.tensor(factors)
    joined = join_priors(maps, settings, given, torch.tensor(TAGS))
    labels = decide_labels(joined, settings)
    rule = (prior, background, factors or [1] * 4, TAGS)
    for row, column in np.ndindex(*labels.shape):
        pixel = maps[:, row, column].tolist()
        expected = slow_joined(pixel, *rule)
        assert joined[:, row, column].tolist() == pytest.approx(expected, abs=2e-5)
        assert labels[row, column] == slow_label(pixel, *rule)
    assert len(labels.unique()) > 1


def test_without_priors_nothing_is_computed():
    maps = draw_probabilities()
    assert join_priors(maps, PredictSettings(), None, torch.tensor(TAGS)) is maps


@pytest.mark.parametrize("prior", ["product", "foreground_first"])
def test_no_tag_at_all_leaves_finite_probabilities(prior):
    maps, settings = draw_probabilities(), PredictSettings(tag_prior=prior)
    joined = join_priors(maps, settings, tags=torch.zeros(3))
    assert joined.isfinite().all() and torch.allclose(joined.sum(dim=0), torch.ones(9, 13))
    alone = torch.cat([torch.ones(1, 9, 13), torch.zeros(3, 9, 13)])
    assert (decide_labels(join_priors(alone, settings, tags=torch.zeros(3)), settings) == 0).all()


def test_arrays_and_tensors_are_decided_alike():
    maps = draw_probabilities()
    for prior in PRIORS:
        settings = PredictSettings(tag_prior=prior)
        expected = decide_labels(maps, settings).numpy()
        assert np.array_equal(decide_labels(maps.numpy(), settings), expected)


def make_classifier(settings):
    """A classifier of two classes whose maps are the red and the green of each pixel."""
    return SimpleNamespace(
        network=lambda images: (images[:, :2] * 4 - 1, None),
        settings=ClassifierSettings(weights="none", pooling=settings),
    )


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_tags_are_of_the_mean_logit_over_all_views(pooling):
    task = make_classifier(pooling)
    image = torch.rand(1, 3, 24, 40, generator=torch.Generator().manual_seed(0))
    settings = MultiScaleSettings(scales=(0.5, 1.0), precision="float32")
    logits = []
    for factor in settings.scales:
        view = scale_image(image, factor)
        for one in (view, view.flip(3)):
            logits.append(pool(task.network(one)[0], task.settings)[0])
    expected = (sum(logits) / 4).sigmoid()
    assert torch.allclose(tag_probabilities(task, image, settings), expected)
    maps, tags = maps_and_tags(task, image, settings, (6, 10))
    assert maps.shape == (2, 6, 10) and maps.min() >= 0 and torch.equal(tags, expected)


def make_segmenter(maps):
    return SimpleNamespace(network=lambda images: maps[None].expand(len(images), -1, -1, -1))


def red_photo():
    """A photo in which the classifier sees its first class, not its second."""
    photo = np.zeros((24, 40, 3), np.uint8)
    photo[..., 0] = 255
    return photo


@pytest.mark.parametrize("iterations", [0, 2])
def test_the_tagger_chooses_between_classes_and_a_factor_finds_more_foreground(iterations):
    """Both classes together exceed the background on the right, each alone does not."""
    maps = torch.zeros(3, 6, 10)
    maps[0], maps[0, :, :5], maps[1], maps[2] = 0.4, 3, 0, 0.2
    more = {**PLAIN, "iterations": iterations, "gaussian_weight": 0.0, "bilateral_weight": 0.0}

    def right(tags=None, factors=None, **given):
        settings = PredictSettings(**more, **given)
        tagger = make_classifier("mean")
        labels = predict_labels(
            make_segmenter(maps), red_photo(), settings, CPU, tags, tagger, factors
        )
        assert (labels[:, :16] == 0).all()
        return set(np.unique(labels[:, -16:]).tolist())

    assert right() == {0}
    assert right(background=0.7) == right(factors=(0.7, 1, 1)) == {2}
    assert right(background=0.5, tag_prior="product") == {1}
    assert right(tag_prior="foreground_first") == {1}
    assert right(tag_prior="foreground_first", background=1.5) == {0}
    assert right(tags=(2,), background=0.7, tag_prior="foreground_first") == {2}
    assert right(tags=(), tag_prior="foreground_first") == {0}


def draw_cells(right, cells=40_000, seed=0):
    """Probabilities (K + 1, N) and labels such that the factors `right`, scaled, mend them."""
    rng = np.random.default_rng(seed)
    mended = rng.dirichlet([0.5] * len(right), cells).T
    labels = mended.argmax(axis=0).astype(np.uint8)
    shifted = mended / np.array(right)[:, None]
    return (shifted / shifted.sum(axis=0)).astype(np.float16), labels


@pytest.mark.parametrize(
    ("shift", "right"),
    [("all", [0.3, 2.0, 1.0, 0.7]), ("all", [4.0, 1.0, 1.0, 1.0]), ("background", [0.2, 1, 1, 1])],
)
def test_known_factors_are_found(shift, right):
    probabilities, labels = draw_cells(right)
    found = shift_of_cells(probabilities, labels, PriorShiftSettings(shift=shift))
    expected = np.array(right) / np.exp(np.log(right).mean())
    assert found.factors == pytest.approx(expected, rel=0.05)
    assert found.after == pytest.approx(found.wanted, abs=3e-4)
    assert abs(found.before - found.wanted).max() > 0.05 and found.cells == 40_000


def test_the_background_alone_gets_its_share():
    probabilities, labels = draw_cells([0.3, 2.0, 1.0, 0.7])
    found = shift_of_cells(probabilities, labels, PriorShiftSettings(shift="background"))
    assert found.after[0] == pytest.approx(found.wanted[0], abs=3e-4)
    assert np.ptp(found.factors[1:]) == 0 and abs(found.after - found.wanted).max() > 0.02


def test_a_label_that_no_photo_has_keeps_its_factor():
    probabilities, labels = draw_cells([0.3, 2.0, 1.0, 0.7])
    found = shift_of_cells(probabilities[:, labels != 2], labels[labels != 2], PriorShiftSettings())
    assert found.factors[2] == 1 and found.wanted[2] == 0
    assert found.factors[0] < 0.7 < 1.5 < found.factors[1]


@pytest.mark.parametrize("shift", ["all", "background"])
def test_factors_stop_at_their_limit(shift):
    """A network that is so sure of background that no allowed factor gives the other label."""
    cells = np.tile(np.array([[1.0], [1e-5]], np.float16), 100)
    labels = np.array([0, 1] * 50, np.uint8)
    found = shift_of_cells(cells, labels, PriorShiftSettings(shift=shift))
    assert found.after.tolist() == [1, 0] and "50.0% of the pseudo-labels" in found.summary
    assert found.factors.min() >= 1 / LARGEST and found.factors.max() <= LARGEST


def test_the_summary_tells_of_factors_at_the_limit():
    """The second class is in every third label, and the network hardly knows it."""
    probabilities, labels = draw_cells([1, 1, 1], 3000)
    probabilities[2] = probabilities[2] / 3000
    found = shift_of_cells(probabilities, labels, PriorShiftSettings())
    assert found.factors[2] == LARGEST and found.summary.endswith("at the limit of 50: 1")


def test_shares_are_counted_cell_by_cell(monkeypatch):
    monkeypatch.setattr("wsss.segment.prior_shift.CHUNK", 7)
    probabilities, _ = draw_cells([1, 1, 1], 50)
    factors = [0.5, 1.0, 1.7]
    counts = [0, 0, 0]
    for cell in probabilities.T:
        counts[int(np.argmax([float(p) * f for p, f in zip(cell, factors)]))] += 1
    shares = shares_with(torch.from_numpy(probabilities), torch.tensor(factors))
    assert shares.tolist() == [count / 50 for count in counts] and min(counts) > 0


def test_cells_are_sampled_alike_in_all_photos():
    """Every second cell with a label, counted through all photos, if all are too many."""
    rng, sample, known = np.random.default_rng(0), CellSample(30), []
    for size in ((20, 30), (8, 50), (31, 9)):
        labels = rng.integers(0, 3, size).astype(np.uint8)
        labels[rng.random(size) < 0.3] = 255
        maps = rng.random((3, 4, 5)).astype(np.float32)
        sample.add(maps, labels)
        for row, column in np.ndindex(4, 5):
            label = labels[int((row + 0.5) * size[0] / 4), int((column + 0.5) * size[1] / 5)]
            if label != 255:
                known.append((maps[:, row, column].astype(np.float16), label))
    assert 30 < len(known) <= 60
    probabilities, labels = sample.all()
    assert labels.tolist() == [label for _, label in known[::2]]
    assert np.array_equal(probabilities.T, [cell for cell, _ in known[::2]])


def test_the_shift_of_a_network_that_prefers_background():
    """The left half is a class in the labels; the network is sure of the left quarter only."""
    maps = torch.zeros(2, 6, 16)
    maps[0] = torch.linspace(-2, 4, 16)
    labels = np.zeros((48, 128), np.uint8)
    labels[:, :64], labels[:8] = 1, 255
    photos = [(np.zeros((48, 128, 3), np.uint8), labels)] * 2
    settings = PriorShiftSettings(**PLAIN, stride=8)
    found = find_shift(make_segmenter(maps), photos, settings, CPU)
    assert found.wanted.tolist() == [0.5, 0.5] and found.cells == 2 * 5 * 16
    assert found.before[1] < 0.4 and found.after.tolist() == [0.5, 0.5]
    nothing = [(photo, np.full_like(labels, 255)) for photo, labels in photos]
    with pytest.raises(UserError, match="255"):
        find_shift(make_segmenter(maps), nothing, settings, CPU)


def test_priors_are_read_back_and_checked(tmp_path):
    path, labels = tmp_path / "p.json", ("background", "cat", "dog")
    write_priors(path, labels, {"factor": np.float32([0.5, 1, 2]), "wanted": [0, 1, 0]}, {"n": 3})
    assert read_factors(path, labels) == (0.5, 1.0, 2.0)
    written = json.loads(path.read_text())
    assert written["n"] == 3 and written["labels"]["dog"] == {"factor": 2.0, "wanted": 0.0}
    with pytest.raises(UserError, match="other labels"):
        read_factors(path, ("background", "dog", "cat"))
    for wrong in (0.0, -1.0, float("nan"), float("inf")):
        write_priors(path, labels, {"factor": [1, wrong, 1]}, {})
        with pytest.raises(UserError, match=r"the factor .* for 'cat'; it must be above 0"):
            read_factors(path, labels)
    for text in ("{", "[]", '{"labels": {"cat": 1}}'):
        path.write_text(text)
        with pytest.raises(UserError, match=r"p\.json cannot be read"):
            read_factors(path, labels)
