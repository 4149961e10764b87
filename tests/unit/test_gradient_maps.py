"""Class maps from gradients against sums over single cells, and against plain CAMs."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from wsss.cams.export import export_raw_maps
from wsss.cams.gradient import grad_cam_pp, layer_cam, weigh_channels, weigh_positions
from wsss.cams.gradient_settings import GradientSettings
from wsss.cams.refine_pcm_once import refine_once
from wsss.cams.refiner_input import RefinerInput
from wsss.cams.settings import ExportSettings
from wsss.classify.cam import Cam
from wsss.classify.settings import ClassifierSettings
from wsss.run.errors import UserError
from wsss.run.settings import Settings

LITE = {"backbone": "tf_efficientnet_lite0", "weights": "none"}
CPU = torch.device("cpu")
ONE = {"scales": (1.0,), "flip": False, "precision": "float32"}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return Cam(ClassifierSettings(**LITE), 3).network.eval()


@pytest.fixture
def photo():
    return np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)


def draw(seed):
    return torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(seed))


def test_grad_cam_pp_weighs_channels_as_published():
    features, gradients = draw(0).relu(), draw(1)
    found = weigh_channels(features, gradients)
    for n in range(2):
        expected = torch.zeros(4, 5)
        for k in range(3):
            weight, total = 0.0, float(features[n, k].sum())
            for y in range(4):
                for x in range(5):
                    g = float(gradients[n, k, y, x])
                    weight += g**2 / (2 * g**2 + total * g**3) * max(g, 0)
            expected += weight * features[n, k]
        assert torch.allclose(found[n], expected.relu(), rtol=1e-4, atol=1e-5)


def test_layer_cam_weighs_positions_as_published():
    features, gradients = draw(0), draw(1)
    found = weigh_positions(features, gradients)
    for y in range(4):
        for x in range(5):
            cells = [max(float(gradients[1, k, y, x]), 0) * features[1, k, y, x] for k in range(3)]
            assert float(found[1, y, x]) == pytest.approx(max(float(sum(cells)), 0), abs=1e-6)


@pytest.mark.parametrize("export", [grad_cam_pp, layer_cam])
def test_refiners_take_maps_of_gradients(export, network, photo):
    """The refined map is one of the exported map: with that of another exporter it is another."""
    item = export(network, photo, (1, 3), GradientSettings(**ONE), CPU)
    given = RefinerInput(photo, (1, 3), network, ExportSettings(**ONE), CPU, item)
    refined = refine_once(given, Settings())
    assert refined.labels.tolist() == [1, 3] and refined.scores.shape == item.scores.shape
    assert refined.scores.max() == pytest.approx(1, abs=0.01) and refined.scores.min() >= 0
    plain = export_raw_maps(network, photo, (1, 3), ExportSettings(**ONE), CPU)
    of_plain = refine_once(replace(given, maps=plain), Settings())
    assert not np.allclose(refined.scores, of_plain.scores, atol=0.02)


def test_channels_without_gradient_weigh_nothing():
    assert not weigh_channels(torch.ones(1, 2, 3, 3), torch.zeros(1, 2, 3, 3)).any()


def test_layer_cam_of_a_linear_head_is_the_cam_of_its_positive_weights(network, photo):
    """The gradient of the mean of a linear class map is the head's weight at every position."""
    found = layer_cam(network, photo, (2,), GradientSettings(**ONE), CPU)
    image = torch.from_numpy(photo).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        final = network.trunk(image).final
    weights = network.head.weight[1, :, 0, 0].relu()
    expected = torch.einsum("k,khw->hw", weights, final[0]).relu()
    expected = torch.nn.functional.interpolate(
        expected[None, None], found.scores.shape[1:], mode="bilinear"
    )
    expected = expected[0, 0] / expected.max()
    assert np.allclose(found.scores[0], expected.detach().numpy(), atol=2e-3)


@pytest.mark.parametrize("export", [grad_cam_pp, layer_cam])
@pytest.mark.parametrize("layer", [0, 1, 2])
def test_maps_have_their_classes_alone_and_a_maximum_of_1(export, layer, network, photo):
    with torch.no_grad():  # as in a stage
        item = export(network, photo, (1, 3), GradientSettings(layer=layer, **ONE), CPU)
    plain = export_raw_maps(network, photo, (1, 3), ExportSettings(**ONE), CPU)
    assert item.labels.tolist() == [1, 3] and item.scores.shape == plain.scores.shape
    assert item.scores.min() >= 0 and item.scores.max() == pytest.approx(1, abs=0.01)
    assert not np.allclose(item.scores[0], item.scores[1])
    assert all(parameter.grad is None for parameter in network.parameters())
    assert export(network, photo, (), GradientSettings(**ONE), CPU).scores.shape[0] == 0


@pytest.mark.parametrize("export", [grad_cam_pp, layer_cam])
def test_earlier_maps_of_transformers_are_refused(export, photo):
    vit = ClassifierSettings(backbone="vit_tiny_patch16_224", weights="none", output_stride=16)
    network = Cam(vit, 3).network.eval()
    assert export(network, photo, (1,), GradientSettings(**ONE), CPU).scores.any()
    with pytest.raises(UserError, match=r"layer' of cams is 1, .*set layer: 0"):
        export(network, photo, (1,), GradientSettings(layer=1, **ONE), CPU)


def test_finer_layers_give_other_maps(network, photo):
    last, before = (
        layer_cam(network, photo, (1,), GradientSettings(layer=k, **ONE), CPU) for k in (0, 2)
    )
    assert not np.allclose(last.scores, before.scores, atol=0.05)
