"""The published ways that are settings: labels decided on cells, logits that are summed, maps of
all classes, the normalised photo in the correlation module, and walks without pairs at the edges.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wsss.affinity.confident import average_around, psa_labels
from wsss.affinity.confident_settings import PsaConfidentSettings
from wsss.affinity.psa import Psa
from wsss.affinity.psa_settings import PsaSettings
from wsss.affinity.psa_walk import walk_psa
from wsss.affinity.walk_settings import PsaWalkSettings
from wsss.classify.seam import SeamNetwork
from wsss.classify.seam_settings import SeamSettings
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.nets.pairs import offsets
from wsss.seeds.segmentation_maps import export_segmentation_maps
from wsss.seeds.segmentation_maps_settings import SegmentationMapsSettings
from wsss.segment.predict import predict_labels
from wsss.segment.predict_settings import PredictSettings
from wsss.training.grids import labels_on

CPU = torch.device("cpu")
PHOTO = np.random.default_rng(0).integers(0, 255, (24, 40, 3), dtype=np.uint8)


# PSA's labels on cells


def published_cells(strong, weak, labels, top, left, side):
    """PSA's code on a crop of both CRFs' scores: zeros around the photo, the mean over 8 x 8
    pixels, the largest score of each cell, and 255 where all scores are below 1e-5.
    """
    found = []
    for scores in (strong, weak):
        crop = np.zeros((len(labels), side, side))
        part = scores[:, top : top + side, left : left + side]
        crop[:, : part.shape[1], : part.shape[2]] = part
        cells = crop.reshape(len(labels), side // 8, 8, side // 8, 8).mean(axis=(2, 4))
        found.append((labels[cells.argmax(axis=0)], cells.max(axis=0) < 1e-5))
    (low, padded), (high, _) = found
    low = np.where(low == 0, IGNORE, low)
    return np.where(padded, IGNORE, np.where(high == 0, 0, low))


@pytest.mark.parametrize(("top", "left", "side"), [(0, 0, 32), (3, 5, 24), (9, 2, 16), (1, 7, 40)])
def test_a_training_reads_the_labels_that_psa_decides_on_cells(monkeypatch, top, left, side):
    rng = np.random.default_rng(0)
    stacks = [rng.dirichlet(np.ones(3), (40, 44)).transpose(2, 0, 1) for _ in range(2)]
    monkeypatch.setattr("wsss.affinity.confident.dense_crfs", lambda *_: stacks)
    item = ScoreMap("cam", np.array([4, 7]), np.ones((2, 5, 6), np.float32), (40, 44))
    photo = np.zeros((40, 44, 3), np.uint8)
    labels = psa_labels(photo, item, PsaConfidentSettings(window=8))
    crop = np.full((side, side), IGNORE, np.uint8)
    part = labels[top : top + side, left : left + side]
    crop[: part.shape[0], : part.shape[1]] = part
    read = labels_on(torch.from_numpy(crop)[None].long(), (side // 8, side // 8))[0].numpy()
    expected = published_cells(*stacks, np.array([0, 4, 7]), top, left, side)
    inside = np.zeros((side, side), bool)  # cells that are half photo have no centre in it
    inside[: part.shape[0], : part.shape[1]] = True
    whole = inside.reshape(side // 8, 8, side // 8, 8).all(axis=(1, 3))
    assert whole.sum() >= 4 and np.array_equal(read[whole], expected[whole])


def test_the_window_of_one_pixel_changes_nothing():
    scores = np.random.default_rng(0).random((3, 9, 7))
    assert average_around(scores, 1) is scores
    mean = average_around(scores, 8)[:, 5, 4]
    padded = np.pad(scores, ((0, 0), (8, 8), (8, 8)))
    assert np.allclose(mean, padded[:, 5 + 4 : 5 + 12, 4 + 4 : 4 + 12].mean(axis=(1, 2)))


# sums of logits, and maps of all classes


def network(images):
    """Logits (N, 4, h, w) that depend on the photo's colours."""
    x = F.avg_pool2d(images, 4)
    red, green, blue = x.unbind(dim=1)
    return 60 * torch.stack([red - green, green - blue, blue - red, (green - red) / 2], dim=1)


def slow_logits(scales):
    """The sum of the logits over the scales, each brought to the grid of 6 x 10 cells."""
    image = torch.from_numpy(PHOTO).permute(2, 0, 1)[None].float() / 255
    total = torch.zeros(1, 4, 6, 10)
    for scale in scales:
        size = (round(24 * scale), round(40 * scale))
        view = image
        if scale != 1:
            view = F.interpolate(image, size, mode="bilinear", antialias=True)
        logits = network(view)
        total += F.interpolate(logits, (6, 10), mode="bilinear", antialias=scale > 1)
    return total[0]


SCALES = {"scales": (0.5, 1.0, 2.0), "flip": False, "precision": "float32"}


@pytest.mark.parametrize(("sum_of", "divisor"), [("logits", 1), ("mean_logits", 3)])
def test_exported_maps_of_all_classes(sum_of, divisor):
    settings = SegmentationMapsSettings(**SCALES, stride=4, sum_of=sum_of, only_tags=False)
    item = export_segmentation_maps(network, PHOTO, (2,), settings, CPU)
    expected = (slow_logits(SCALES["scales"]) / divisor).softmax(dim=0).numpy()
    assert item.labels.tolist() == [0, 1, 2, 3] and np.allclose(item.scores, expected, atol=1e-4)


def test_predictions_of_summed_logits():
    settings = PredictSettings(**SCALES, sum_of="logits")
    found = predict_labels(SimpleNamespace(network=network), PHOTO, settings, CPU)
    p = slow_logits(SCALES["scales"]).softmax(dim=0)
    full = F.interpolate(p[None], (24, 40), mode="bilinear")[0]
    assert np.array_equal(found, full.argmax(dim=0).numpy())
    plain = PredictSettings(**SCALES)
    other = predict_labels(SimpleNamespace(network=network), PHOTO, plain, CPU)
    assert not np.array_equal(found, other)


def test_exported_maps_of_the_tags():
    settings = SegmentationMapsSettings(**SCALES, stride=4, sum_of="logits")
    item = export_segmentation_maps(network, PHOTO, (2,), settings, CPU)
    expected = slow_logits(SCALES["scales"])[[0, 2]].softmax(dim=0).numpy()
    assert item.labels.tolist() == [0, 2] and np.allclose(item.scores, expected, atol=1e-4)


def test_warped_photos_are_seen_as_squares():
    """Against the maps of a photo that was made square before."""
    image = torch.from_numpy(PHOTO).permute(2, 0, 1)[None].float() / 255
    square = F.interpolate(image, (32, 32), mode="bilinear", antialias=True)
    expected = F.interpolate(network(square).softmax(dim=1), (24, 40), mode="bilinear")[0]
    one = {"scales": (1.0,), "flip": False, "precision": "float32", "warp": 32}
    found = predict_labels(SimpleNamespace(network=network), PHOTO, PredictSettings(**one), CPU)
    assert np.array_equal(found, expected.argmax(dim=0).numpy())
    maps = SegmentationMapsSettings(**one, stride=4, only_tags=False)
    item = export_segmentation_maps(network, PHOTO, (2,), maps, CPU)
    assert item.size == (24, 40) and item.scores.shape == (4, 8, 8)
    assert np.allclose(item.scores, network(square).softmax(dim=1)[0].numpy(), atol=1e-4)


# the photo in SEAM's correlation module


def test_the_correlation_module_compares_the_normalised_photo():
    settings = SeamSettings(backbone="tf_efficientnet_lite0", weights="none")
    net = SeamNetwork(settings, 3).eval()
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        _, features = net(images)
        stacked = net.stack_taps(images, features)
    small = F.interpolate(images, stacked.shape[2:], mode="bilinear")
    mean = torch.tensor(net.trunk.body.default_cfg["mean"]).view(1, 3, 1, 1)
    std = torch.tensor(net.trunk.body.default_cfg["std"]).view(1, 3, 1, 1)
    assert torch.allclose(stacked[:, :3], (small - mean) / std, atol=1e-4)


# PSA's walk


def test_a_walk_without_pairs_at_the_edges():
    """Against a dense matrix of the published code: no cell of the edges is the first of a pair."""
    torch.manual_seed(0)
    settings = PsaSettings(
        backbone="resnet18", weights="none", output_stride=8, radius=3, edge_pairs=False
    )
    task = Psa(settings, 2)
    task.network.eval()
    photo = np.random.default_rng(1).integers(0, 255, (56, 72, 3), dtype=np.uint8)
    scores = np.random.default_rng(2).random((2, 7, 9), dtype=np.float32)
    scores /= scores.sum(axis=0)
    item = ScoreMap("prob", np.array([0, 2]), scores, (56, 72))
    walk = PsaWalkSettings(beta=2, log_steps=2, precision="float32")
    found = walk_psa(task, photo, item, walk, CPU).scores
    image = torch.from_numpy(photo).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        features = task.network(image)[0].flatten(1)
    matrix = np.eye(63)
    for y in range(7 - 2):
        for x in range(2, 9 - 2):
            for dy, dx in offsets(3):
                i, j = 9 * y + x, 9 * (y + dy) + x + dx
                distance = float((features[:, i] - features[:, j]).abs().mean())
                matrix[i, j] = matrix[j, i] = np.exp(-distance) ** 2
    step = matrix / matrix.sum(axis=0)
    expected = scores.reshape(2, -1).astype(float)
    for _ in range(4):
        expected = expected @ step
    assert np.allclose(found.reshape(2, -1), expected, rtol=1e-4, atol=1e-6)
