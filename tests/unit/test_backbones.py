"""VGG, ResNet-38 and transformers as trunks: shapes, refusals, models on disk, methods on them."""

import copy

import numpy as np
import pytest
import torch

from tests.unit.narrow_networks import narrow_resnet38, narrow_vgg, shaken
from wsss.affinity.irn import IrnNetwork
from wsss.affinity.irn_settings import IrnSettings
from wsss.affinity.psa import AffinityNetwork
from wsss.affinity.psa_settings import PsaSettings
from wsss.classify.cam import Cam
from wsss.classify.cpn import CpnNetwork
from wsss.classify.cpn_settings import CpnSettings
from wsss.classify.registry import CLASSIFIERS
from wsss.classify.seam import SeamNetwork
from wsss.classify.seam_settings import SeamSettings
from wsss.classify.settings import ClassifierSettings
from wsss.nets import bodies
from wsss.nets.deeplab_v2 import DeepLabV2
from wsss.nets.inference import inference_task
from wsss.nets.inference_settings import MultiScaleSettings
from wsss.nets.models import save_model
from wsss.nets.multiscale import grid_of, multi_scale, photo_tensor
from wsss.nets.norms import fold_norms
from wsss.nets.trunk import Trunk
from wsss.run.errors import UserError
from wsss.segment.deeplab import DeepLab
from wsss.segment.settings import SegmenterSettings

SMALL = ["vgg11", "vgg11_bn_fc67", "resnet38", "test_vit", "test_vit3"]
"""of each family, quick enough for every test; resnet38 and VGG are narrow"""
SWIN = "swin_tiny_patch4_window7_224"


@pytest.fixture(autouse=True)
def narrow(monkeypatch, request):
    """ResNet-38 and VGG-11 with few channels, except in tests of the networks themselves."""
    if request.node.get_closest_marker("slow"):
        return
    monkeypatch.setitem(bodies.OWN, "resnet38", narrow_resnet38)
    for name in ("vgg11", "vgg11_bn_fc67"):
        monkeypatch.setitem(bodies.OWN, name, narrow_vgg)


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
    return 32 if backbone == SWIN else 16 if "vit" in backbone else 8


@pytest.mark.parametrize("backbone", [*SMALL, pytest.param(SWIN, marks=pytest.mark.slow)])
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
    cpn = CpnNetwork(CpnSettings(**common), 3)
    assert cpn.refined(images, *cpn(images)).shape[1:3] == (4, cells)
    assert AffinityNetwork(PsaSettings(**common))(images).shape[1:3] == (448, cells)
    boundaries, displacements = IrnNetwork(IrnSettings(**common))(images)
    assert boundaries.shape == (2, 19, 23) and displacements.shape == (2, 2, 19, 23)
    deeplab = DeepLabV2(SegmenterSettings(**common), 4, 8, "aspp")
    assert deeplab(images).shape[1:3] == (4, cells)


def test_irn_refuses_swin_which_has_too_few_maps():
    settings = IrnSettings(backbone=SWIN, weights="none", output_stride=32)
    with pytest.raises(UserError, match="has 4 feature maps, irn reads five"):
        IrnNetwork(settings)


@pytest.mark.parametrize("backbone", ["vgg11_bn_fc67", "resnet38", "test_vit"])
def test_only_batch_norm_is_frozen(backbone):
    trunk = Trunk(backbone, stride_of(backbone)).train()
    for module in trunk.modules():
        learns = [p.requires_grad for p in module.parameters(recurse=False)]
        frozen = isinstance(module, torch.nn.BatchNorm2d)
        assert module.training != frozen and all(flag != frozen for flag in learns)
