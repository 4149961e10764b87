"""VGG: its layers one by one, and its files and names of weights."""

import pytest
import timm
import torch
import torch.nn.functional as F
import torchvision

from tests.unit.narrow_networks import NARROW, narrow_vgg
from wsss.nets import bodies, weights
from wsss.nets.trunk import Trunk
from wsss.nets.vgg import Vgg, build_vgg, decimate
from wsss.run.errors import UserError


def plain_vgg(state, x, stride, full):
    """VGG-11 without norms as a list of calls, by docs/methods.md#backbones."""

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
        ours = build_vgg(name, 8).state_dict()
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
def test_vgg_reads_torchvision_s_and_timm_s_files(tmp_path, layout, monkeypatch):
    monkeypatch.setitem(bodies.OWN, "vgg11_bn_fc67", narrow_vgg)
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

    names = ("vgg16_bn_fc67.tv_in1k", "test_vit")
    made = [bodies.build_body(name, 16) for name in names]
    monkeypatch.setattr(weights.timm, "create_model", create_model)
    for body, name in zip(made, names):
        with pytest.raises(UserError, match="could not be fetched"):
            weights.load_backbone_weights(body, name, "imagenet")
    assert asked == [("vgg16_bn.tv_in1k", True), ("test_vit", True)]
