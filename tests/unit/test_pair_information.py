"""The benchmark of CPN's claim: how scores rank pixels, against loops, and the pair's sum."""

import importlib
import sys

import numpy as np
import pytest
import torch

from tests.conftest import PROJECT
from wsss.classify.cam import Cam
from wsss.classify.settings import ClassifierSettings
from wsss.losses.equivariance import max_norm


def import_benchmark(name):
    """A module of benchmarks/, which leaves the path again: some have the name of a stage."""
    folder = str(PROJECT / "benchmarks")
    sys.path.append(folder)
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(folder)


BENCHMARK = import_benchmark("pair_information")
Ranking, draw, summed_maps = BENCHMARK.Ranking, BENCHMARK.draw, BENCHMARK.summed_maps


def draw_pixels(seed):
    """Scores in steps of a hundredth, and a truth that goes with them."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 101, 400) / 100
    return scores, rng.random(400) < scores


def count_above(scores, truth, threshold):
    """Precision and recall of the pixels at a threshold or above, one by one."""
    hits = given = 0
    for score, true in zip(scores, truth):
        given += score >= threshold - 1e-9
        hits += score >= threshold - 1e-9 and true
    return hits / max(given, 1), hits / truth.sum()


def test_ranking_is_that_of_a_loop_over_pixels():
    ranking, parts = Ranking(), [draw_pixels(seed) for seed in range(2)]
    for scores, truth in parts:
        ranking.add(scores + 1e-6, truth)
    scores, truth = (np.concatenate(both) for both in zip(*parts))
    for threshold in (0.0, 0.25, 0.5, 0.9):
        assert ranking.at(threshold) == pytest.approx(count_above(scores, truth, threshold))
    best = 0
    for k in range(101):
        precision, recall = count_above(scores, truth, k / 100)
        best = max(best, recall) if precision >= 0.7 else best
    assert ranking.recall_at(0.7) == pytest.approx(best)
    assert Ranking().recall_at(0.5) == 0


def test_summed_maps_are_weighted_by_the_shares():
    torch.manual_seed(0)
    settings = ClassifierSettings(backbone="tf_efficientnet_lite0", weights="none")
    network = Cam(settings, 2).network.eval()
    network.head.weight.data.normal_()
    image, kept = torch.rand(1, 3, 64, 64), torch.rand(64, 64) > 0.3
    found = summed_maps(network, image, kept, torch.tensor(0.75))
    first = torch.where(kept, image, network.trunk.mean)
    second = torch.where(kept, network.trunk.mean, image)
    with torch.no_grad():
        maps = [max_norm(network(one)[0]) for one in (first, second)]
    assert torch.allclose(found, 0.75 * maps[0] + 0.25 * maps[1], atol=1e-4)


@pytest.mark.parametrize("way", ["superpixels", "grid"])
def test_pair_of_a_photo_of_any_shape(way):
    torch.manual_seed(0)
    pixels = np.random.default_rng(0).integers(0, 255, (60, 90, 3), dtype=np.uint8)
    kept, share = draw(way, pixels, (30, 45))
    assert kept.shape == (30, 45) and kept.dtype == torch.bool and 0 <= share <= 1
