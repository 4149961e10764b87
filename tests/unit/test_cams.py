"""CAMs, the pixel correlation module and SEAM's losses against slow twins, and where their
gradients go.
"""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wsss.cams.export import export_maps, export_raw_maps, normalise
from wsss.cams.refine_pcm import refine_maps
from wsss.cams.refine_pcm_once import refine_once
from wsss.cams.refine_pcm_settings import PcmSettings
from wsss.cams.refiner_input import RefinerInput
from wsss.cams.settings import ExportSettings
from wsss.classify import seam as seam_module
from wsss.classify.cam import Cam
from wsss.classify.cpn import Cpn
from wsss.classify.cpn_settings import CpnSettings
from wsss.classify.pooling import classification_loss, pool
from wsss.classify.seam import Seam
from wsss.classify.seam_settings import SeamSettings
from wsss.classify.settings import ClassifierSettings
from wsss.classify.transforms import Transform, sample_transform
from wsss.losses.equivariance import add_background, cross_loss, max_norm, min_pool
from wsss.losses.ramp import rising
from wsss.nets import pcm
from wsss.nets.pcm import correlate, suppress
from wsss.run.settings import Settings

LITE = {"backbone": "tf_efficientnet_lite0", "weights": "none"}
CPU = torch.device("cpu")


def rand(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_pcm_is_a_weighted_mean_by_rectified_cosine():
    maps, features = rand(1, 2, 3, 4), rand(1, 5, 3, 4, seed=1) - 0.4
    result = correlate(maps, features)[0].flatten(1)
    m, f = maps[0].flatten(1), features[0].flatten(1)
    for j in range(12):
        weights = [
            max(0.0, float(f[:, i] @ f[:, j] / (f[:, i].norm() * f[:, j].norm())))
            for i in range(12)
        ]
        expected = sum(w * m[:, i] for i, w in enumerate(weights)) / sum(weights)
        assert torch.allclose(result[:, j], expected, atol=1e-3)


def test_pcm_in_blocks_is_pcm_in_one_piece(monkeypatch):
    maps, features = rand(2, 3, 9, 7), rand(2, 5, 9, 7, seed=1) - 0.4
    whole = correlate(maps, features)
    monkeypatch.setattr(pcm, "BLOCK_ENTRIES", 500)  # 3 columns of 2 x 63 entries at a time
    assert torch.allclose(correlate(maps, features), whole, atol=1e-5)
    features.requires_grad_()
    correlate(maps, features).square().sum().backward()
    assert features.grad.abs().sum() > 0


def test_pcm_commutes_with_class_order_and_mirroring():
    maps, features = rand(2, 4, 5, 6), rand(2, 7, 5, 6, seed=1) - 0.5
    order = [2, 0, 3, 1]
    assert torch.allclose(correlate(maps[:, order], features), correlate(maps, features)[:, order])
    assert torch.allclose(
        correlate(maps.flip(3), features.flip(3)), correlate(maps, features).flip(3), atol=1e-6
    )


def test_suppression_keeps_the_largest_class_of_each_pixel():
    maps = torch.tensor([[[[4.0, 1.0]], [[1.0, 1.0]]]])
    out = suppress(maps)[0, :, 0]
    assert torch.allclose(out, torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), atol=1e-3)
    only_first = suppress(maps, torch.tensor([[1.0, 0.0]]))[0, :, 0]
    assert torch.allclose(
        only_first, torch.tensor([[0.0, 0.75], [1.0, 0.25], [0.0, 0.0]]), atol=1e-3
    )


def test_max_norm_is_per_photo_and_channel():
    out = max_norm(rand(3, 2, 4, 4) * torch.tensor([1.0, 50.0]).view(1, 2, 1, 1))
    assert torch.allclose(out.amax(dim=(2, 3)), torch.ones(3, 2), atol=1e-3)
    assert float(out.amin()) == 0


def test_cross_loss_averages_the_hardest_fifth():
    target, refined = rand(2, 3, 4, 5), rand(2, 3, 4, 5, seed=1)
    expected = np.mean(
        [np.sort((target - refined).abs()[n].numpy().ravel())[-12:].mean() for n in range(2)]
    )
    assert float(cross_loss(target, refined, 0.2)) == pytest.approx(expected, rel=1e-5)


def test_min_pool_takes_the_least_active_quarter_of_present_classes():
    refined, tags = rand(1, 3, 4, 4), torch.tensor([[1.0, 0.0]])
    expected = np.sort(refined[0, 1].numpy().ravel())[:4].mean()
    assert float(min_pool(refined, tags)) == pytest.approx(expected, rel=1e-5)


def test_classification_loss_is_soft_margin_of_pooled_maps():
    maps, tags = rand(2, 3, 4, 4) * 4 - 2, torch.tensor([[1.0, 0, 0], [0, 1.0, 1.0]])
    p = torch.sigmoid(maps.mean(dim=(2, 3)))
    expected = -(tags * p.log() + (1 - tags) * (1 - p).log()).mean()
    assert torch.isclose(classification_loss(maps, tags, ClassifierSettings()), expected)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"pooling": "mean"}, lambda v: v.mean()),
        ({"pooling": "max"}, lambda v: v.max()),
        ({"pooling": "lse", "lse_r": 3.0}, lambda v: np.log(np.exp(3.0 * v).mean()) / 3.0),
        ({"pooling": "top", "top_share": 0.25}, lambda v: np.sort(v)[-5:].mean()),
        (
            {"pooling": "rank", "rank_decay": 0.9},
            lambda v: np.average(np.sort(v)[::-1], weights=0.9 ** np.arange(v.size)),
        ),
    ],
)
def test_poolings_by_hand(settings, expected):
    maps = rand(2, 3, 4, 5) * 6 - 3
    scores = pool(maps, ClassifierSettings(**settings))
    for n in range(2):
        for c in range(3):
            assert float(scores[n, c]) == pytest.approx(
                expected(maps[n, c].numpy().ravel().astype(np.float64)), rel=1e-4
            )


def test_log_sum_exp_pooling_lies_between_mean_and_maximum():
    maps = rand(1, 2, 6, 6) * 4
    near_mean, middle, near_max = (
        pool(maps, ClassifierSettings(pooling="lse", lse_r=r)) for r in (1e-3, 5.0, 1e3)
    )
    assert torch.allclose(near_mean, maps.mean(dim=(2, 3)), atol=1e-2)
    assert torch.allclose(near_max, maps.amax(dim=(2, 3)), atol=1e-2)
    assert (near_mean < middle).all() and (middle < near_max).all()
    doubled = pool(maps.repeat(1, 1, 2, 3), ClassifierSettings(pooling="lse"))
    assert torch.allclose(doubled, middle, atol=1e-4)


def test_transforms_act_alike_on_photos_and_maps():
    maps = rand(1, 2, 8, 8)
    assert torch.equal(Transform(mirror=True).maps(maps, (8, 8)), maps.flip(3))
    assert torch.equal(
        Transform(scale=0.5).photos(maps), F.interpolate(maps, (4, 4), mode="bilinear")
    )
    assert torch.equal(
        Transform(scale=0.5, mirror=True).photos(maps),
        Transform(scale=0.5, mirror=True).maps(maps, (4, 4)),
    )


@pytest.mark.parametrize("size", [(8, 8), (6, 10)])
def test_rotation_by_180_degrees_equals_both_flips(size):
    maps, half = rand(1, 2, *size), Transform(degrees=180)
    assert torch.allclose(half.maps(maps, size), maps.flip(2, 3), atol=1e-4)
    assert half.inside(maps).min() == 1
    y, x = np.mgrid[: size[0], : size[1]] - (np.array(size) - 1).reshape(2, 1, 1) / 2
    angle, back = Transform(degrees=30), Transform(degrees=-30)
    disc = torch.from_numpy(np.exp(-(y**2 + x**2) / 8)).float()[None, None]  # turns into itself
    inside = angle.inside(maps)
    assert (
        torch.allclose(angle.maps(disc, size) * inside, disc * inside, atol=0.08)
        and 0 < inside.mean() < 1
    )
    ramp = torch.from_numpy(x).float()[None, None]
    centre = (
        slice(None),
        slice(None),
        slice(size[0] // 2 - 1, size[0] // 2 + 1),
        slice(size[1] // 2 - 1, size[1] // 2 + 1),
    )
    assert torch.allclose(back.maps(angle.maps(ramp, size), size)[centre], ramp[centre], atol=0.05)


def test_transforms_are_drawn_from_torch_s_random_numbers():
    settings = SeamSettings(transforms=("mirror", "rotate"), most_degrees=10.0)
    torch.manual_seed(0)
    first = [sample_transform(settings) for _ in range(20)]
    torch.manual_seed(0)
    assert first == [sample_transform(settings) for _ in range(20)]
    assert {t.mirror for t in first} == {True, False} and all(
        abs(t.degrees) <= 10 and t.scale == 1 for t in first
    )
    assert sample_transform(SeamSettings()) == Transform(scale=0.3)


@pytest.fixture
def seam():
    torch.manual_seed(0)
    task = Seam(SeamSettings(**LITE, branch_scale=0.5), 3)
    task.network.head.weight.data.normal_(std=1.0)
    task.network.train()
    return task


def gradients(task, progress=0.0, **weights):
    off = {"er": 0.0, "ecr": 0.0, "min_pool": 0.0}
    task.settings = task.settings.model_copy(update={**off, **weights})
    task.network.zero_grad()
    batch = {
        "image": rand(2, 3, 64, 64),
        "tags": torch.tensor([[1.0, 0, 1.0], [0, 1.0, 0]]),
        "progress": progress,
    }
    task.loss(batch)[0].backward()
    network = task.network
    attention = [network.tap_shallow, network.tap_deep, network.compare]

    def size(modules):
        return sum(
            float(p.grad.abs().sum()) for m in modules for p in m.parameters() if p.grad is not None
        )

    return size([network.trunk, network.head]), size(attention)


def test_seam_gradients_reach_the_layers_of_the_published_code(seam, monkeypatch):
    monkeypatch.setattr(
        seam_module, "classification_loss", lambda maps, tags, settings: maps.sum() * 0
    )
    for name in ("ecr", "min_pool"):
        trunk, attention = gradients(seam, **{name: 1.0})
        assert trunk == 0 and attention > 0, name
    trunk, attention = gradients(seam, er=1.0)
    assert trunk > 0 and attention == 0


@pytest.mark.parametrize("transforms", [("mirror",), ("rotate",), ("rescale", "mirror")])
def test_seam_gradients_do_not_depend_on_the_transform(seam, transforms, monkeypatch):
    monkeypatch.setattr(
        seam_module, "classification_loss", lambda maps, tags, settings: maps.sum() * 0
    )
    seam.settings = seam.settings.model_copy(update={"transforms": transforms})
    torch.manual_seed(3)
    for name in ("ecr", "min_pool"):
        trunk, attention = gradients(seam, **{name: 1.0})
        assert trunk == 0 and attention > 0, name
    trunk, attention = gradients(seam, er=1.0)
    assert trunk > 0 and attention == 0


def test_weight_of_er_rises_from_zero(seam, monkeypatch):
    monkeypatch.setattr(
        seam_module, "classification_loss", lambda maps, tags, settings: maps.sum() * 0
    )
    at = {}
    for progress in (0.0, 0.25, 0.5, 1.0):
        torch.manual_seed(3)
        at[progress] = gradients(seam, progress, er=1.0, er_ramp=0.5)[0]
    assert at[0.0] == 0 and at[0.5] == at[1.0] > 0
    assert at[0.25] == pytest.approx(at[0.5] / 2, rel=1e-4)


def test_classification_reaches_the_trunk_only(seam):
    trunk, attention = gradients(seam)
    assert trunk > 0 and attention == 0


def test_losses_change_no_input_in_place():
    maps = rand(1, 3, 4, 4).requires_grad_()
    before = maps.detach().clone()
    add_background(maps)
    suppress(maps)
    assert torch.equal(maps, before)


def test_exported_maps_have_only_tags_and_maximum_one():
    network = Cam(ClassifierSettings(**LITE), 4).network.eval()
    network.head.weight.data.normal_()
    photo = np.random.default_rng(0).integers(0, 255, (50, 70, 3), dtype=np.uint8)
    settings = ExportSettings(scales=(1.0, 0.5), precision="float32")
    item = export_raw_maps(network, photo, (2, 4), settings, CPU)
    assert item.kind == "cam" and item.labels.tolist() == [2, 4] and item.size == (50, 70)
    assert item.scores.shape == (2, 7, 9) and np.allclose(
        item.scores.max(axis=(1, 2)), 1, atol=1e-3
    )
    mirrored = export_raw_maps(network, photo[:, ::-1].copy(), (2, 4), settings, CPU)
    assert np.allclose(mirrored.scores[:, :, ::-1], item.scores, atol=1e-4)
    assert export_raw_maps(network, photo, (), settings, CPU).scores.shape == (0, 7, 9)


def test_tiny_photo_has_a_map():
    network = Cam(ClassifierSettings(**LITE), 4).network.eval()
    item = export_raw_maps(network, np.zeros((3, 2, 3), np.uint8), (1,), ExportSettings(), CPU)
    assert item.scores.shape == (1, 1, 1)


def test_refined_maps_of_every_classifier():
    photo = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    tasks = [Cam(ClassifierSettings(**LITE), 4), Seam(SeamSettings(**LITE), 4)]
    for task in (*tasks, Cpn(CpnSettings(**LITE), 4)):
        for mask in (False, True):
            unrefined = RefinerInput(photo, (1, 3), task.network.eval(), ExportSettings(), CPU)
            item = refine_maps(unrefined, PcmSettings(mask_absent=mask))
            assert item.labels.tolist() == [1, 3] and np.isfinite(item.scores).all()


def test_refining_once_spreads_the_stored_map_on_its_own_grid():
    photo = np.random.default_rng(0).integers(0, 255, (64, 48, 3), dtype=np.uint8)
    network = Cam(ClassifierSettings(**LITE), 4).network.eval()
    export = ExportSettings(precision="float32")
    for tags in ((1, 3), ()):
        item = export_raw_maps(network, photo, tags, export, CPU)
        refined = refine_once(RefinerInput(photo, tags, network, export, CPU, item), Settings())
        assert refined.labels.tolist() == list(tags) and refined.scores.shape == item.scores.shape
    item = export_raw_maps(network, photo, (2,), export, CPU)
    image = torch.from_numpy(photo).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        features = network.affinity_features(image, network(image)[1])
    features = F.normalize(F.interpolate(features, (8, 6), mode="bilinear"), dim=1)[0].flatten(1)
    weights = (features.T @ features).relu()
    expected = (item.scores.reshape(1, -1) @ weights.numpy()) / weights.sum(dim=0).numpy()
    refined = refine_once(RefinerInput(photo, (2,), network, export, CPU, item), Settings())
    assert np.allclose(refined.scores.reshape(1, -1), expected / expected.max(), atol=1e-3)


def test_normalisations_by_hand():
    maps = torch.tensor([[[1.0, 3.0], [5.0, 2.0]]])
    assert torch.allclose(normalise(maps, "max"), maps / 5, atol=1e-4)
    assert torch.allclose(normalise(maps, "minmax"), (maps - 1) / 4, atol=1e-4)
    assert torch.equal(normalise(maps, "max_norm"), normalise(maps, "minmax"))
    assert F.relu(normalise(-maps, "max")).sum() == 0


def test_max_norm_weighs_all_scales_equally():
    network = Cam(ClassifierSettings(**LITE), 2).network.eval()
    strength = {32: 1.0, 16: 100.0}  # the smaller view answers a hundred times as strongly

    def forward(images):
        down = torch.linspace(0, 1, 4).view(1, 1, 4, 1) * torch.ones(len(images), 2, 4, 4)
        return strength[images.shape[2]] * (down if images.shape[2] == 32 else down.transpose(2, 3))

    photo = np.zeros((32, 32, 3), np.uint8)
    settings = [
        ExportSettings(scales=(1.0, 0.5), flip=False, normalise=how) for how in ("max", "max_norm")
    ]
    by_max, by_norm = (export_maps(photo, (1,), s, CPU, forward).scores[0] for s in settings)
    assert by_max[-1, 0] < 0.02 and by_max[0, -1] > 0.98  # the strong one decides
    assert np.allclose(by_norm, by_norm.T, atol=1e-3) and by_norm[-1, 0] > 0.4
    assert (
        export_raw_maps(
            network, photo, (1,), ExportSettings(normalise="max_norm"), CPU
        ).scores.max()
        <= 1
    )


@pytest.mark.parametrize(("ramp", "progress", "expected"), [(0.0, 0.0, 3.0), (0.5, 0.25, 1.5)])
def test_weight_rises_to_its_value_over_the_ramp(ramp, progress, expected):
    assert rising(3.0, ramp, progress) == expected and rising(3.0, ramp, 0.9) == 3.0
