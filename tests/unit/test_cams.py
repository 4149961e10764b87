"""CAMs, the pixel correlation module and SEAM's losses against slow twins, and where their gradients go."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wsss.cams.export import normalised, raw_maps
from wsss.cams.pcm import correlate, suppressed
from wsss.cams.refine_pcm import refined_maps
from wsss.cams.refine_pcm_settings import PcmSettings
from wsss.cams.settings import ExportSettings
from wsss.classify import seam as seam_module
from wsss.classify.cam import Cam, classification_loss
from wsss.classify.seam import Seam, cross_loss, max_norm, min_pool, with_background
from wsss.classify.seam_settings import SeamSettings
from wsss.classify.settings import ClassifierSettings
from wsss.errors import UserError

LITE = {"backbone": "tf_efficientnet_lite0", "weights": "none"}
CPU = torch.device("cpu")


def rand(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_pcm_is_a_weighted_mean_by_rectified_cosine():
    maps, features = rand(1, 2, 3, 4), rand(1, 5, 3, 4, seed=1) - 0.4
    result = correlate(maps, features)[0].flatten(1)
    m, f = maps[0].flatten(1), features[0].flatten(1)
    for j in range(12):
        weights = [max(0.0, float(f[:, i] @ f[:, j] / (f[:, i].norm() * f[:, j].norm()))) for i in range(12)]
        expected = sum(w * m[:, i] for i, w in enumerate(weights)) / sum(weights)
        assert torch.allclose(result[:, j], expected, atol=1e-3)


def test_pcm_refuses_what_would_not_fit_in_memory():
    with pytest.raises(UserError, match=r"40000 cells.*cams\.long_side"):
        correlate(rand(1, 1, 200, 200), rand(1, 1, 200, 200))


def test_pcm_commutes_with_class_order_and_mirroring():
    maps, features = rand(2, 4, 5, 6), rand(2, 7, 5, 6, seed=1) - 0.5
    order = [2, 0, 3, 1]
    assert torch.allclose(correlate(maps[:, order], features), correlate(maps, features)[:, order])
    assert torch.allclose(correlate(maps.flip(3), features.flip(3)), correlate(maps, features).flip(3), atol=1e-6)


def test_suppression_keeps_the_largest_class_and_its_background():
    maps = torch.tensor([[[[4.0, 1.0]], [[1.0, 1.0]]]])
    out = suppressed(maps)[0, :, 0]
    assert torch.allclose(out, torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), atol=1e-3)
    only_first = suppressed(maps, torch.tensor([[1.0, 0.0]]))[0, :, 0]
    assert torch.allclose(only_first, torch.tensor([[0.0, 0.75], [1.0, 0.25], [0.0, 0.0]]), atol=1e-3)


def test_max_norm_is_per_photo_and_channel():
    out = max_norm(rand(3, 2, 4, 4) * torch.tensor([1.0, 50.0]).view(1, 2, 1, 1))
    assert torch.allclose(out.amax(dim=(2, 3)), torch.ones(3, 2), atol=1e-3)
    assert float(out.amin()) == 0


def test_cross_loss_averages_the_hardest_fifth():
    target, refined = rand(2, 3, 4, 5), rand(2, 3, 4, 5, seed=1)
    expected = np.mean([np.sort((target - refined).abs()[n].numpy().ravel())[-12:].mean() for n in range(2)])
    assert float(cross_loss(target, refined, 0.2)) == pytest.approx(expected, rel=1e-5)


def test_min_pool_takes_the_least_active_quarter_of_present_classes():
    refined, tags = rand(1, 3, 4, 4), torch.tensor([[1.0, 0.0]])
    expected = np.sort(refined[0, 1].numpy().ravel())[:4].mean()
    assert float(min_pool(refined, tags)) == pytest.approx(expected, rel=1e-5)


def test_classification_loss_is_soft_margin_of_pooled_maps():
    maps, tags = rand(2, 3, 4, 4) * 4 - 2, torch.tensor([[1.0, 0, 0], [0, 1.0, 1.0]])
    p = torch.sigmoid(maps.mean(dim=(2, 3)))
    expected = -(tags * p.log() + (1 - tags) * (1 - p).log()).mean()
    assert torch.isclose(classification_loss(maps, tags), expected)


@pytest.fixture
def seam():
    torch.manual_seed(0)
    task = Seam(SeamSettings(**LITE, branch_scale=0.5), 3)
    task.network.head.weight.data.normal_(std=1.0)
    task.network.train()
    return task


def gradients(task, **weights):
    off = {"er": 0.0, "ecr": 0.0, "min_pool": 0.0}
    task.settings = task.settings.model_copy(update={**off, **weights})
    task.network.zero_grad()
    batch = {"image": rand(2, 3, 64, 64), "tags": torch.tensor([[1.0, 0, 1.0], [0, 1.0, 0]])}
    task.loss(batch)[0].backward()
    network = task.network
    attention = [network.tap_shallow, network.tap_deep, network.compare]

    def size(modules):
        return sum(float(p.grad.abs().sum()) for m in modules for p in m.parameters() if p.grad is not None)

    return size([network.trunk, network.head]), size(attention)


def test_seam_gradients_go_where_the_paper_s_code_sends_them(seam, monkeypatch):
    monkeypatch.setattr(seam_module, "classification_loss", lambda maps, tags: maps.sum() * 0)
    for name in ("ecr", "min_pool"):
        trunk, attention = gradients(seam, **{name: 1.0})
        assert trunk == 0 and attention > 0, name
    trunk, attention = gradients(seam, er=1.0)
    assert trunk > 0 and attention == 0


def test_classification_reaches_the_trunk_only(seam):
    trunk, attention = gradients(seam)
    assert trunk > 0 and attention == 0


def test_nothing_is_changed_in_place():
    maps = rand(1, 3, 4, 4).requires_grad_()
    before = maps.detach().clone()
    with_background(maps)
    suppressed(maps)
    assert torch.equal(maps, before)


def test_exported_maps_hold_tags_only_and_peak_at_one():
    network = Cam(ClassifierSettings(**LITE), 4).network.eval()
    network.head.weight.data.normal_()
    photo = np.random.default_rng(0).integers(0, 255, (50, 70, 3), dtype=np.uint8)
    settings = ExportSettings(scales=(1.0, 0.5))
    item = raw_maps(network, photo, (2, 4), settings, CPU)
    assert item.kind == "cam" and item.labels.tolist() == [2, 4] and item.size == (50, 70)
    assert item.scores.shape == (2, 7, 9) and np.allclose(item.scores.max(axis=(1, 2)), 1, atol=1e-3)
    mirrored = raw_maps(network, photo[:, ::-1].copy(), (2, 4), settings, CPU)
    assert np.allclose(mirrored.scores[:, :, ::-1], item.scores, atol=1e-4)
    assert raw_maps(network, photo, (), settings, CPU).scores.shape == (0, 7, 9)


def test_tiny_photo_has_a_map():
    network = Cam(ClassifierSettings(**LITE), 4).network.eval()
    item = raw_maps(network, np.zeros((3, 2, 3), np.uint8), (1,), ExportSettings(), CPU)
    assert item.scores.shape == (1, 1, 1)


def test_refined_maps_of_both_classifiers():
    photo = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    for task in (Cam(ClassifierSettings(**LITE), 4), Seam(SeamSettings(**LITE), 4)):
        for mask in (False, True):
            item = refined_maps(task.network.eval(), photo, (1, 3), PcmSettings(mask_absent=mask), ExportSettings(), CPU)
            assert item.labels.tolist() == [1, 3] and np.isfinite(item.scores).all()


def test_normalisations():
    maps = torch.tensor([[[1.0, 3.0], [5.0, 2.0]]])
    assert torch.allclose(normalised(maps, "max"), maps / 5, atol=1e-4)
    assert torch.allclose(normalised(maps, "minmax"), (maps - 1) / 4, atol=1e-4)
    assert F.relu(normalised(-maps, "max")).sum() == 0
