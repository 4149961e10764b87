"""VGG, ResNet-38 and transformers as trunks: their plans, weights, grids, files and refusals."""

import copy

import numpy as np
import pytest
import timm
import torch
import torch.nn.functional as F
import torchvision

from wsss.affinity.irn import IrnNetwork
from wsss.affinity.irn_settings import IrnSettings
from wsss.affinity.psa import AffinityNetwork
from wsss.affinity.psa_settings import PsaSettings
from wsss.classify.cam import Cam
from wsss.classify.registry import CLASSIFIERS
from wsss.classify.seam import SeamNetwork
from wsss.classify.seam_settings import SeamSettings
from wsss.classify.settings import ClassifierSettings
from wsss.nets import bodies, weights
from wsss.nets.deeplab_v2 import DeepLabV2
from wsss.nets.inference import inference_task
from wsss.nets.inference_settings import MultiScaleSettings
from wsss.nets.models import save_model
from wsss.nets.multiscale import grid_of, multi_scale, photo_tensor
from wsss.nets.norms import fold_norms
from wsss.nets.resnet38 import ResNet38
from wsss.nets.tokens import TokenGrid, cover
from wsss.nets.trunk import Trunk
from wsss.nets.vgg import Vgg, decimate
from wsss.run.errors import UserError
from wsss.segment.deeplab import DeepLab
from wsss.segment.settings import SegmenterSettings

NARROW = (4, 6, 8, 10, 12)
SMALL = ["vgg11", "vgg11_bn_fc67", "resnet38", "test_vit", "test_vit3"]
"""of each family, quick enough for every test; resnet38 and VGG are narrow"""
SWIN = "swin_tiny_patch4_window7_224"


@pytest.fixture(autouse=True)
def narrow(monkeypatch, request):
    """ResNet-38 and VGG-11 with few channels, except in tests of the networks themselves."""
    if request.node.get_closest_marker("slow"):
        return
    monkeypatch.setitem(bodies.OWN, "resnet38", lambda name, stride: ResNet38(stride, divide=16))
    for name in ("vgg11", "vgg11_bn_fc67"):
        monkeypatch.setitem(bodies.OWN, name, narrow_vgg)


def narrow_vgg(name, stride):
    full = 16 if name.endswith("_fc67") else 0
    return Vgg((1, 1, 2, 2, 2), "_bn" in name, stride, full, NARROW)


def shaken(network):
    """The same network with norms that are not the identity."""
    torch.manual_seed(0)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.1)
    return network.eval()


# shapes


@pytest.mark.parametrize("stride", [8, 16, 32])
@pytest.mark.parametrize("size", [(96, 64), (75, 101)])
@pytest.mark.parametrize("backbone", ["vgg11", "vgg11_bn_fc67", "resnet38"])
def test_strides_and_channels_of_cnns(backbone, stride, size):
    trunk = Trunk(backbone, stride, taps=4).eval()
    features = trunk(torch.rand(1, 3, *size))
    cells = tuple(-(-side // stride) for side in size)
    assert features.final.shape == (1, trunk.channels, *cells)
    assert [t.shape[1] for t in features.taps] == trunk.tap_channels and len(features.taps) == 4
    at = [2, 4, 8, min(16, stride)]
    for tap, own in zip(features.taps, at):
        assert tap.shape[2:] == tuple(-(-side // own) for side in size)


def test_321_pixels_become_41_cells():
    assert Trunk("vgg11", 8).eval()(torch.rand(1, 3, 321, 321)).final.shape[2:] == (41, 41)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backbone", "stride", "channels", "taps"),
    [
        ("vgg16", 8, 512, [512, 512]),
        ("vgg16_bn_fc67", 16, 1024, [512, 512]),
        ("resnet38", 8, 4096, [512, 1024]),
        ("vit_base_patch16_224", 16, 768, [768, 768]),
        ("deit_tiny_distilled_patch16_224", 16, 192, [192, 192]),
        ("vit_small_patch8_224", 8, 384, [384, 384]),
        ("vit_small_patch16_dinov3", 16, 384, [384, 384]),
        (SWIN, 32, 768, [192, 384]),
        ("swinv2_tiny_window8_256", 32, 768, [192, 384]),
    ],
)
def test_networks_at_full_width(backbone, stride, channels, taps):
    trunk = Trunk(backbone, stride).eval()
    with torch.no_grad():
        features = trunk(torch.rand(1, 3, 75, 101))
    assert features.final.shape == (1, channels, -(-75 // stride), -(-101 // stride))
    assert trunk.tap_channels == taps
    assert bool(features.final.isfinite().all())


# VGG


def plain_vgg(state, x, stride, full):
    """VGG-11 without norms as a list of calls, by methods.md 2.1."""

    def conv(x, place, dilation=1):
        weight, bias = state[f"features.{place}.weight"], state[f"features.{place}.bias"]
        return F.relu(F.conv2d(x, weight, bias, padding=dilation, dilation=dilation))

    last = 2 if stride == 8 else 1
    x = F.max_pool2d(conv(x, 0), 3, 2, 1)
    x = F.max_pool2d(conv(x, 3), 3, 2, 1)
    x = F.max_pool2d(conv(conv(x, 6), 8), 3, 2, 1)
    fourth = conv(conv(x, 11), 13)
    x = F.max_pool2d(fourth, 3, 1 if stride == 8 else 2, 1)
    fifth = conv(conv(x, 16, last), 18, last)
    x = F.avg_pool2d(F.max_pool2d(fifth, 3, 2 if stride == 32 else 1, 1), 3, 1, 1)
    if full:
        x = F.relu(F.conv2d(x, state["fc6.weight"], state["fc6.bias"], padding=1))
        x = F.relu(F.conv2d(x, state["fc7.weight"], state["fc7.bias"]))
    return x, [fourth, fifth]


@pytest.mark.parametrize("stride", [8, 16, 32])
@pytest.mark.parametrize("full", [0, 5])
def test_vgg_is_its_list_of_layers(stride, full):
    net = Vgg((1, 1, 2, 2, 2), False, stride, full, NARROW).eval()
    x = torch.randn(1, 3, 75, 101)
    final, maps = net.forward_intermediates(x)
    expected, taps = plain_vgg(net.state_dict(), x, stride, full)
    assert torch.allclose(final, expected, atol=1e-6)
    for ours, theirs in zip(maps[-2:], taps):
        assert torch.allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("name", ["vgg11", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19"])
def test_vgg_has_the_convolutions_of_timm_s_and_torchvision_s(name):
    with torch.device("meta"):
        ours = bodies.vgg.build_vgg(name, 8).state_dict()
        others = [
            timm.create_model(name, num_classes=0).state_dict(),
            getattr(torchvision.models, name)(weights=None).state_dict(),
        ]
    for theirs in others:
        expected = {k: v.shape for k, v in theirs.items() if k.startswith("features.")}
        assert {k: v.shape for k, v in ours.items()} == expected


def test_fully_connected_layers_are_decimated():
    fc6 = torch.randn(16, 3 * 7 * 7)
    made = decimate(fc6, torch.zeros(4, 3, 3, 3))
    for out in range(4):
        for c in range(3):
            for i in range(3):
                for j in range(3):
                    flat = (c * 7 + 3 * i) * 7 + 3 * j
                    assert made[out, c, i, j] == fc6[5 * out, flat]
    fc7 = torch.randn(4096, 8)
    assert torch.equal(decimate(fc7, torch.zeros(1024, 2, 1, 1))[:, :, 0, 0], fc7[::4, ::7])


@pytest.mark.parametrize("layout", ["torchvision", "timm"])
def test_vgg_reads_torchvision_s_and_timm_s_files(tmp_path, layout):
    features = narrow_vgg("vgg11_bn", 8).state_dict()
    state = {name: torch.rand_like(value.float()) for name, value in features.items()}
    names = {
        "torchvision": ("classifier.0", "classifier.3"),
        "timm": ("pre_logits.fc1", "pre_logits.fc2"),
    }[layout]
    fc6, fc7 = torch.rand(64, 12, 7, 7), torch.rand(64, 64, 1, 1)
    flat = layout == "torchvision"
    state[f"{names[0]}.weight"] = fc6.flatten(1) if flat else fc6
    state[f"{names[1]}.weight"] = fc7.flatten(1) if flat else fc7
    state |= {f"{name}.bias": torch.rand(64) for name in names}
    torch.save(state, tmp_path / "w.pth")
    body = Trunk("vgg11_bn_fc67", 8, str(tmp_path / "w.pth")).body
    for name, value in body.features.named_parameters():
        assert torch.equal(value, state[f"features.{name}"])
    fourth = torch.arange(16) * 4  # 63 // 15
    assert torch.equal(body.fc6.weight, fc6[fourth][:, :, ::3, ::3])
    assert torch.equal(body.fc7.weight[:, :, 0, 0], fc7[fourth][:, fourth, 0, 0])
    assert torch.equal(body.fc6.bias, state[f"{names[0]}.bias"][fourth])
    without = {k: v for k, v in state.items() if k.startswith("features.")}
    torch.save(without, tmp_path / "w.pth")
    with pytest.raises(UserError, match=r"first is fc6\.weight"):
        Trunk("vgg11_bn_fc67", 8, str(tmp_path / "w.pth"))


def test_hub_weights_are_asked_for_by_timm_s_name(monkeypatch):
    asked = []

    def create_model(name, **options):
        asked.append((name, options["pretrained"]))
        raise OSError("no network")

    bodies_ = [bodies.vgg.build_vgg("vgg16_bn_fc67.tv_in1k", 8), bodies.build_body("test_vit", 16)]
    monkeypatch.setattr(weights.timm, "create_model", create_model)
    for body, name in zip(bodies_, ("vgg16_bn_fc67.tv_in1k", "test_vit")):
        with pytest.raises(UserError, match="could not be fetched"):
            weights.load_trunk_weights(body, name, "imagenet")
    assert asked == [("vgg16_bn.tv_in1k", True), ("test_vit", True)]


# ResNet-38

PLAN = {
    "b2": (64, (128, 128)),
    "b2_1": (128, (128, 128)),
    "b2_2": (128, (128, 128)),
    "b3": (128, (256, 256)),
    "b3_1": (256, (256, 256)),
    "b3_2": (256, (256, 256)),
    "b4": (256, (512, 512)),
    **{f"b4_{n}": (512, (512, 512)) for n in range(1, 6)},
    "b5": (512, (512, 1024)),
    "b5_1": (1024, (512, 1024)),
    "b5_2": (1024, (512, 1024)),
    "b6": (1024, (512, 1024, 2048)),
    "b7": (2048, (1024, 2048, 4096)),
}
"""block -> channels in, and of its convolutions"""
STEPS = {
    8: {"b2": (2, 1, 1), "b3": (2, 1, 1), "b4": (2, 1, 1), "b5": (1, 1, 2), "b6": (1, 2, 4)},
    16: {"b2": (2, 1, 1), "b3": (2, 1, 1), "b4": (2, 1, 1), "b5": (2, 1, 1), "b6": (1, 1, 2)},
    32: {"b2": (2, 1, 1), "b3": (2, 1, 1), "b4": (2, 1, 1), "b5": (2, 1, 1), "b6": (2, 1, 1)},
}
"""output stride -> stage -> stride, first dilation and dilation of its first block"""


def test_resnet38_has_the_published_channels_and_parameters():
    count, shapes = 3 * 64 * 9 + 2 * 4096, {"conv1a.weight": (64, 3, 3, 3)}
    for block, (old, widths) in PLAN.items():
        kernels = (3, 3) if len(widths) == 2 else (1, 3, 1)
        for branch, before, after, k in zip(("2a", "2b1", "2b2"), (old, *widths), widths, kernels):
            shapes[f"{block}.conv_branch{branch}.weight"] = (after, before, k, k)
            count += after * before * k * k + 2 * before
        if old != widths[-1]:
            shapes[f"{block}.conv_branch1.weight"] = (widths[-1], old, 1, 1)
            count += old * widths[-1]
    with torch.device("meta"):
        net = ResNet38(8)
    found = {k: tuple(v.shape) for k, v in net.state_dict().items() if v.dim() == 4}
    assert found == shapes
    assert sum(p.numel() for p in net.parameters()) == count


def plain_resnet38(state, x, output_stride):
    """ResNet-38 as calls, by methods.md 2.1; taps by the name of the block that opens them."""

    def bn(x, name):
        part = [state[f"{name}.{leaf}"] for leaf in ("running_mean", "running_var")]
        return F.relu(F.batch_norm(x, *part, state[f"{name}.weight"], state[f"{name}.bias"]))

    x, taps, later = F.conv2d(x, state["conv1a.weight"], padding=1), {}, 1
    for block, (_, widths) in PLAN.items():
        stride, first, dilation = STEPS[output_stride].get(block, (1, later, later))
        later = dilation
        opened = taps[block] = bn(x, f"{block}.bn_branch2a")
        short = f"{block}.conv_branch1.weight"
        added = F.conv2d(opened, state[short], stride=stride) if short in state else x
        conv = {b: state.get(f"{block}.conv_branch{b}.weight") for b in ("2a", "2b1", "2b2")}
        if len(widths) == 2:
            x = F.conv2d(opened, conv["2a"], stride=stride, padding=first, dilation=first)
        else:
            x = F.conv2d(opened, conv["2a"], stride=stride)
        x = bn(x, f"{block}.bn_branch2b1")
        x = F.conv2d(x, conv["2b1"], padding=dilation, dilation=dilation)
        if len(widths) == 3:
            x = F.conv2d(bn(x, f"{block}.bn_branch2b2"), conv["2b2"])
        x = x + added
    return bn(x, "bn7"), [taps[name] for name in ("b3", "b4", "b5", "b6")]


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_resnet38_is_its_list_of_layers(stride):
    net = shaken(ResNet38(stride, divide=16)).double()
    x = torch.randn(1, 3, 75, 101, dtype=torch.float64)
    final, maps = net.forward_intermediates(x)
    expected, taps = plain_resnet38(net.state_dict(), x, stride)
    assert torch.allclose(final, expected)
    assert len(maps) == 4 and all(torch.allclose(a, b) for a, b in zip(maps, taps))


@pytest.mark.parametrize("backbone", ["resnet38", "vgg11_bn_fc67"])
def test_joining_and_folding_norms_changes_no_output(backbone):
    trunk = shaken(Trunk(backbone, 8)).double()
    x = torch.rand(1, 3, 70, 64, dtype=torch.float64)
    plain = copy.deepcopy(trunk.body)
    for module in plain.modules():
        module.__dict__.pop("forward", None)
    expected = plain.forward_intermediates((x - trunk.mean) / trunk.std)[0]
    with torch.no_grad():
        assert torch.allclose(trunk(x).final, expected)
        assert torch.allclose(fold_norms(trunk)(x).final, expected)


def test_dropout_of_resnet38_acts_in_training_only():
    net, x = ResNet38(8, divide=16), torch.randn(1, 3, 64, 64)
    again = net.eval().forward_intermediates(x)[0]
    assert torch.equal(net.forward_intermediates(x)[0], again)
    for module in net.train().modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    assert not torch.equal(net.forward_intermediates(x)[0], again)


# transformers


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
    assert float((exact - fast.float()).abs().max()) < 0.1 * float(exact.abs().max())


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


# names and strides


@pytest.mark.parametrize(
    ("name", "stride", "told"),
    [
        ("vgg17", 16, r"not known \(did you mean 'vgg1[1369]'"),
        ("resnet39", 16, r"not known \(did you mean 'resnet3[48]'"),
        ("vit_tiny_patch16_225", 16, "did you mean 'vit_tiny_patch16_224'"),
        ("test_vit", 8, r"has output stride 16 .*set output_stride: 16"),
        (SWIN, 16, r"has output stride 32 .*set output_stride: 32"),
        ("vit_small_patch14_dinov2", 16, r"has output stride 14, .*8, 16 or 32 pixels"),
        ("beit_base_patch16_224", 16, r"timm has .*cannot build it at output stride 16"),
        ("inception_v4", 16, r"timm has .*cannot build it.*backbones\.md"),
        ("halonet26t", 16, r"no feature maps of a photo of 64 x 64"),
    ],
)
def test_what_cannot_be_a_trunk_says_why(name, stride, told):
    with pytest.raises(UserError, match=told) as caught:
        Trunk(name, stride)
    assert "\n" not in str(caught.value) and f"did you mean '{name}'" not in str(caught.value)


def test_a_file_without_names_is_refused(tmp_path):
    torch.save([torch.zeros(2)], tmp_path / "w.pth")
    with pytest.raises(UserError, match="hold a list, no tensors by name"):
        Trunk("vgg11", 16, str(tmp_path / "w.pth"))


@pytest.mark.parametrize("backbone", ["vgg16", "vgg16_fc67", "resnet38", "test_vit", SWIN])
def test_v3plus_refuses_them_before_a_training(backbone):
    with pytest.raises(UserError, match=f"'{backbone}'.*set head: aspp"):
        DeepLab(SegmenterSettings(backbone=backbone, weights="none"), 3)


# methods


def stride_of(backbone):
    return 16 if "vit" in backbone else 8


@pytest.mark.parametrize("backbone", SMALL)
def test_models_come_back_and_see_photos_of_any_size(tmp_path, backbone):
    settings = ClassifierSettings(
        backbone=backbone, weights="none", output_stride=stride_of(backbone)
    )
    task, path, classes = Cam(settings, 3), tmp_path / "m.safetensors", ("a", "b", "c")
    shaken(task.network)
    save_model(path, task.network, "cam", settings, classes, [])
    back = inference_task(path, CLASSIFIERS, classes, torch.device("cpu"))
    photo = np.random.default_rng(0).integers(0, 255, (67, 91, 3), dtype=np.uint8)
    image = photo_tensor(photo, torch.device("cpu"))
    maps = [
        multi_scale(
            image,
            MultiScaleSettings(scales=(0.3, 1.0, 1.5), precision="float32"),
            grid_of(image, 8),
            lambda x, network=network: network(x)[0],
        )
        for network in (task.network.eval(), back.network)
    ]
    assert maps[0].shape == (3, 9, 12) and torch.allclose(*maps, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("backbone", SMALL)
def test_every_method_s_network_is_built_on_them(backbone):
    common = {"backbone": backbone, "weights": "none", "output_stride": stride_of(backbone)}
    images, cells = torch.rand(2, 3, 75, 91), -(-75 // stride_of(backbone))
    seam = SeamNetwork(SeamSettings(**common), 3)
    maps, features = seam(images)
    assert seam.refined(images, maps, features).shape[1:3] == (4, cells)
    assert AffinityNetwork(PsaSettings(**common))(images).shape[1:3] == (448, cells)
    boundaries, displacements = IrnNetwork(IrnSettings(**common))(images)
    assert boundaries.shape == (2, 19, 23) and displacements.shape == (2, 2, 19, 23)
    deeplab = DeepLabV2(SegmenterSettings(**common), 4, 8, "aspp")
    assert deeplab(images).shape[1:3] == (4, cells)


@pytest.mark.parametrize("backbone", ["vgg11_bn_fc67", "resnet38", "test_vit"])
def test_only_batch_norm_is_frozen(backbone):
    trunk = Trunk(backbone, stride_of(backbone)).train()
    for module in trunk.modules():
        learns = [p.requires_grad for p in module.parameters(recurse=False)]
        frozen = isinstance(module, torch.nn.BatchNorm2d)
        assert module.training != frozen and all(flag != frozen for flag in learns)
