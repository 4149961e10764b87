"""Attention maps against timm's own attention, against slow sums, and on drawn photos."""

import numpy as np
import pytest
import torch

from wsss.cams.attention import apply_attention, attention_cam
from wsss.cams.attention_settings import AttentionSettings
from wsss.cams.export import export_raw_maps
from wsss.cams.settings import ExportSettings
from wsss.classify.cam import Cam
from wsss.classify.settings import ClassifierSettings
from wsss.data.images import read_photo
from wsss.nets.attention import attention_of, blocks_of, fit_patches
from wsss.run.errors import UserError

VIT = {"backbone": "vit_tiny_patch16_224", "weights": "none", "output_stride": 16}
CPU = torch.device("cpu")
ONE = {"scales": (1.0,), "flip": False, "precision": "float32"}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return Cam(ClassifierSettings(**VIT), 3).network.eval()


def test_attention_is_that_of_the_layer(network):
    """The layer's output follows from the attention of each head; the mean over heads is given."""
    layer, x = blocks_of(network.trunk.body)[0].attn, torch.randn(2, 7, 192)
    with torch.no_grad():
        found, out = attention_of(layer, x), layer(x)
        qkv = layer.qkv(x).reshape(2, 7, 3, layer.num_heads, -1)
        heads, mean = [], torch.zeros(2, 7, 7)
        for head in range(layer.num_heads):
            q, k, v = (qkv[:, :, part, head] for part in range(3))
            weights = torch.softmax(torch.einsum("nid,njd->nij", q, k) * layer.scale, dim=2)
            heads.append(torch.einsum("nij,njd->nid", weights, v))
            mean += weights / layer.num_heads
        assert torch.allclose(layer.proj(torch.cat(heads, dim=2)), out, atol=1e-4)
    assert torch.allclose(found, mean, atol=1e-5)
    assert torch.allclose(found.sum(dim=2), torch.ones(2, 7), atol=1e-5)


def test_maps_are_coupled_and_spread_as_slow_sums_say():
    rng = torch.Generator().manual_seed(0)
    maps, attention = torch.rand(1, 2, 2, 3, generator=rng), torch.rand(1, 8, 8, generator=rng)
    found = apply_attention(maps, attention, couple=True, spread=1)
    for c in range(2):
        share = attention[0, 0, 2:] / attention[0, 0, 2:].mean()
        coupled = [float(maps[0, c].flatten()[p] * share[p]) for p in range(6)]
        for p in range(6):
            row = attention[0, 2 + p, 2:]
            expected = sum(float(row[q] / row.sum()) * coupled[q] for q in range(6))
            assert float(found[0, c].flatten()[p]) == pytest.approx(expected, rel=1e-4)
    assert torch.equal(apply_attention(maps, attention, couple=False, spread=0), maps)


def test_even_maps_stay_even():
    attention = torch.rand(1, 7, 7)
    found = apply_attention(torch.ones(1, 1, 2, 3), attention, couple=False, spread=3)
    assert torch.allclose(found, torch.ones(1, 1, 2, 3), atol=1e-5)


def test_images_are_resized_to_whole_patches():
    assert fit_patches(torch.zeros(1, 3, 70, 41), 16).shape == (1, 3, 64, 48)
    whole = torch.rand(1, 3, 32, 16)
    assert fit_patches(whole, 16) is whole and fit_patches(whole[..., :2], 16).shape[3] == 16


def test_maps_of_drawn_photos_have_their_classes_alone(network, index):
    for photo in list(index.photos.values())[:3]:
        pixels = read_photo(index.image_path(photo))
        with torch.no_grad():
            item = attention_cam(network, pixels, (1, 3), AttentionSettings(**ONE), CPU)
        plain = export_raw_maps(network, pixels, (1, 3), ExportSettings(**ONE), CPU)
        assert item.labels.tolist() == [1, 3] and item.scores.shape == plain.scores.shape
        assert item.scores.min() >= 0 and item.scores.max() == pytest.approx(1, abs=0.01)
        assert not np.allclose(item.scores, plain.scores, atol=0.05)


def test_networks_without_attention_are_refused(index):
    lite = Cam(
        ClassifierSettings(backbone="tf_efficientnet_lite0", weights="none"), 3
    ).network.eval()
    pixels = np.zeros((32, 32, 3), np.uint8)
    with pytest.raises(UserError, match="need a classifier on a ViT or DeiT; set classifier"):
        attention_cam(lite, pixels, (1,), AttentionSettings(**ONE), CPU)
