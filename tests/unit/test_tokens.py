"""Transformers as trunks: tokens as a grid, and grids of photos of any size."""

import copy

import pytest
import timm
import torch
import torch.nn.functional as F

from wsss.nets import bodies
from wsss.nets.tokens import TokenGrid, cover
from wsss.nets.trunk import Trunk

SWIN = "swin_tiny_patch4_window7_224"


@pytest.mark.parametrize("name", ["test_vit", "test_vit2", "test_vit3", "test_vit4"])
@pytest.mark.parametrize("size", [(160, 160), (96, 208)])
def test_vit_is_timm_s_with_the_photo_s_tokens_only(name, size):
    grid = bodies.build_body(name, 16).eval()
    x = torch.randn(2, 3, *size)
    final, maps = grid.forward_intermediates(x)
    net = copy.deepcopy(grid.net)
    net.dynamic_img_size, net.patch_embed.flatten = False, True
    net.patch_embed.output_fmt = timm.layers.Format.NCHW
    net.set_input_size(img_size=size)
    tokens = net.fc_norm(net.forward_features(x))
    cells = (size[0] // 16, size[1] // 16)
    assert tokens.shape[1] == cells[0] * cells[1] + net.num_prefix_tokens
    assert final.shape[2:] == cells and len(maps) == 4
    for i in range(cells[0]):
        for j in range(cells[1]):
            token = tokens[:, net.num_prefix_tokens + i * cells[1] + j]
            assert torch.allclose(final[:, :, i, j], token, atol=1e-4)


def test_every_parameter_of_a_transformer_learns():
    """What is read by a classifier only would stop a training on several GPUs."""
    for name in ("test_vit", "test_vit2", "test_vit3"):
        trunk = Trunk(name, 16).train()
        trunk(torch.rand(2, 3, 64, 48)).final.square().mean().backward()
        idle = [n for n, p in trunk.named_parameters() if p.grad is None]
        assert idle == []


def test_a_block_s_map_is_the_block_s():
    """The map before the last one, against a hook on the block."""
    grid, seen = bodies.build_body("test_vit", 16).eval(), []
    grid.net.blocks[-2].register_forward_hook(lambda module, given, made: seen.append(made))
    _, maps = grid.forward_intermediates(torch.randn(1, 3, 48, 64))
    tokens = seen[0][:, 1:].transpose(1, 2).reshape(1, -1, 3, 4)
    assert torch.equal(maps[-1], tokens)


def test_half_precision_changes_a_transformer_s_maps_little():
    torch.manual_seed(0)
    trunk, images = Trunk("test_vit", 16).eval(), torch.rand(1, 3, 75, 101)
    exact = trunk(images).final
    with torch.autocast("cpu", torch.bfloat16):
        fast = trunk(images).final
    fast.float().square().mean().backward()
    assert (exact - fast).abs().max().item() < 0.1 * exact.abs().max().item()


@pytest.mark.slow
def test_swin_is_timm_s_at_its_own_size():
    grid, x = bodies.build_body(SWIN, 32).eval(), torch.randn(1, 3, 224, 224)
    plain = timm.create_model(SWIN, num_classes=0).eval()
    plain.load_state_dict(grid.net.state_dict())
    with torch.no_grad():
        final, maps = grid.forward_intermediates(x)
        expected = plain.forward_features(x).permute(0, 3, 1, 2)
    assert torch.allclose(final, expected, atol=1e-5)
    assert [m.shape[2] for m in maps] == [56, 28, 14]


@pytest.mark.parametrize("size", [(75, 101), (64, 96), (65, 96), (7, 5)])
def test_covering_maps_are_sampled_at_the_centres_of_the_photo_s_cells(size):
    height, width = size
    rows, columns = -(-height // 16), -(-width // 16)
    padded = torch.randn(1, 2, rows + 1, columns + 1, dtype=torch.float64)
    covered = cover(padded, size, 16)
    assert covered.shape == (1, 2, rows, columns)
    for i in range(rows):
        for j in range(columns):
            y = max(0.0, (i + 0.5) * height / rows / 16 - 0.5)  # in cells of the padded photo
            x = max(0.0, (j + 0.5) * width / columns / 16 - 0.5)
            a, b = int(y), int(x)
            top = padded[..., a, b] * (1 + b - x) + padded[..., a, b + 1] * (x - b)
            low = padded[..., a + 1, b] * (1 + b - x) + padded[..., a + 1, b + 1] * (x - b)
            assert torch.allclose(covered[..., i, j], top * (1 + a - y) + low * (y - a))


class Patches(torch.nn.Module):
    """A transformer whose tokens are the means of its patches, and a class token of 1000."""

    default_cfg, num_prefix_tokens, fc_norm = {}, 1, torch.nn.Identity()
    feature_info = (None, None)

    def forward_intermediates(self, x, indices):
        maps = F.avg_pool2d(x, 16)
        tokens = maps.flatten(2).transpose(1, 2)
        return F.pad(tokens, (0, 0, 1, 0), value=1000.0), [maps, maps]


@pytest.mark.parametrize("size", [(75, 101), (64, 96), (65, 113), (375, 500)])
def test_padding_shifts_and_stretches_no_map(size):
    """A photo whose pixels are their own coordinates, as a map of the photo's size."""
    height, width = size
    y = torch.arange(height, dtype=torch.float64).view(1, 1, -1, 1).expand(1, 1, *size)
    x = torch.arange(width, dtype=torch.float64).view(1, 1, 1, -1).expand(1, 1, *size)
    map_, _ = TokenGrid(Patches(), 16).forward_intermediates(torch.cat([y, x], 1))
    full = F.interpolate(map_, size, mode="bilinear", align_corners=False)
    inside = slice(24, height - 24), slice(24, width - 24)  # padding is in the last patches
    for made, expected in ((full[0, 0], y[0, 0]), (full[0, 1], x[0, 0])):
        assert torch.allclose(made[inside], expected[inside], atol=1e-6)
        off = (made - expected).abs()
        assert float(off[:-32, :-32].max()) < 16  # at the border half a patch, as everywhere


def test_autocast_does_not_make_the_sampling_coarse():
    maps, size = torch.arange(30.0).expand(1, 1, 24, 30), (375, 471)
    exact = cover(maps, size, 16)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(cover(maps, size, 16), exact)


def test_trunk_says_how_much_of_a_grid_an_image_takes():
    image = torch.zeros(1, 3, 75, 64)
    assert Trunk("resnet18", 16).covered(image, 16) == (75 / 16, 4)
    assert Trunk("test_vit", 16).covered(image, 16) is None  # its cells divide the image
