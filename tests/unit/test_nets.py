"""Trunks, weights, folding, models on disk, multi-scale inference."""

import copy
import json

import numpy as np
import pytest
import timm
import torch
import torch.nn.functional as F

from wsss.classify.cam import Cam
from wsss.classify.registry import CLASSIFIERS
from wsss.classify.settings import ClassifierSettings
from wsss.nets.dilation import convolve_by_phases
from wsss.nets.inference_settings import MultiScaleSettings
from wsss.nets.models import load_task, save_model
from wsss.nets.multiscale import grid_of, multi_scale, photo_tensor
from wsss.nets.norms import fold_norms, join_norms
from wsss.nets.precision import full_precision
from wsss.nets.trunk import Trunk
from wsss.nets.weights import load_backbone_weights
from wsss.run.errors import UserError
from wsss.segment.deeplab import DeepLab
from wsss.segment.settings import SegmenterSettings

LITE = "tf_efficientnet_lite0"
CLASSES = ("a", "b", "c")


def small(**changes):
    return ClassifierSettings(**{"backbone": LITE, "weights": "none", **changes})


@pytest.mark.parametrize("backbone", [LITE, "resnet18"])
@pytest.mark.parametrize("stride", [8, 16, 32])
def test_features_have_the_declared_stride_and_channels(backbone, stride):
    trunk = Trunk(backbone, stride).eval()
    features = trunk(torch.rand(2, 3, 96, 64))
    assert features.final.shape == (2, trunk.channels, -(-96 // stride), -(-64 // stride))
    assert [t.shape[1] for t in features.taps] == trunk.tap_channels and len(features.taps) == 2


def test_packaged_weights_fill_every_tensor():
    model = timm.create_model(LITE, num_classes=1000)
    for value in model.state_dict().values():
        value.fill_(-7)
    load_backbone_weights(model, LITE, "imagenet")
    for name, value in model.state_dict().items():
        assert not (value == -7).all(), name


def test_imagenet_weights_are_loaded():
    trunk, empty = Trunk(LITE, 16, "imagenet"), Trunk(LITE, 16, "none")
    assert trunk.body.conv_head.weight.std() != empty.body.conv_head.weight.std()


def test_unknown_backbone_and_wrong_weights_are_refused_by_name(tmp_path):
    with pytest.raises(UserError, match=r"resnet19.*did you mean 'resnet1"):
        Trunk("resnet19", 16)
    torch.save(timm.create_model("resnet18", num_classes=0).state_dict(), tmp_path / "w.pth")
    with pytest.raises(UserError, match="another backbone"):
        Trunk(LITE, 16, str(tmp_path / "w.pth"))
    (tmp_path / "w.pth").write_bytes(b"x")
    with pytest.raises(UserError, match="cannot be read"):
        Trunk(LITE, 16, str(tmp_path / "w.pth"))
    with pytest.raises(UserError, match="do not exist"):
        Trunk(LITE, 16, str(tmp_path / "none.pth"))


def test_norm_stays_frozen_after_train():
    trunk = Trunk(LITE, 16).train()
    norms = [m for m in trunk.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert norms and not any(n.training for n in norms)
    assert not any(p.requires_grad for n in norms for p in n.parameters())
    loose = Trunk(LITE, 16, freeze_norm=False).train()
    assert all(m.training for m in loose.modules() if isinstance(m, torch.nn.BatchNorm2d))


@pytest.mark.parametrize("backbone", [LITE, "resnet18"])
def test_folding_changes_no_output(backbone):
    trunk = Trunk(backbone, 16, "imagenet" if backbone == LITE else "none").eval()
    images = torch.rand(1, 3, 80, 64)
    with torch.no_grad():
        before = trunk(images).final
        after = fold_norms(trunk)(images).final
    assert torch.allclose(before, after, atol=1e-3)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in trunk.modules())


def plain_twin(trunk, backbone, stride):
    """The same trunk around the plain network of timm, with the same weights."""
    twin = copy.deepcopy(trunk)
    twin.body = timm.create_model(
        backbone, pretrained=False, num_classes=0, output_stride=stride
    ).to(next(trunk.parameters()).dtype)
    twin.body.load_state_dict(trunk.body.state_dict())
    return twin.train(trunk.training)


def with_drawn_norms(trunk):
    for module in trunk.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 2)
    return trunk


@pytest.mark.parametrize("backbone", [LITE, "resnet18", "resnet50", "efficientnet_b0"])
def test_joined_norms_change_no_output_and_no_gradient(backbone):
    torch.manual_seed(0)
    joined = Trunk(backbone, 8).double()  # double: at a kink of ReLU6 rounding would decide
    joined = with_drawn_norms(joined).train()
    plain = plain_twin(joined, backbone, 8)
    images = torch.rand(2, 3, 38, 32, dtype=torch.float64)
    outputs = []
    for trunk in (joined, plain):
        torch.manual_seed(0)  # of what drops paths
        outputs.append(trunk(images).final)
        (outputs[-1] ** 2).mean().backward()
    assert torch.allclose(*outputs, rtol=1e-9, atol=1e-9)
    gradients = [
        (a.grad, b.grad) for a, b in zip(joined.parameters(), plain.parameters()) if a.requires_grad
    ]
    assert len(gradients) > 10
    for ours, theirs in gradients:
        assert torch.allclose(ours, theirs, rtol=1e-6, atol=1e-9 * float(theirs.abs().max()))


@pytest.mark.parametrize("backbone", [LITE, "resnet18"])
def test_joined_norms_keep_the_names_of_the_plain_network(backbone):
    joined = Trunk(backbone, 16)
    plain = plain_twin(joined, backbone, 16)
    assert list(joined.state_dict()) == list(plain.state_dict())
    ours, theirs = list(joined.named_parameters()), list(plain.named_parameters())
    assert [name for name, _ in ours] == [name for name, _ in theirs]


def test_joining_draws_no_random_number():
    network, before = timm.create_model("resnet18"), torch.get_rng_state()
    join_norms(network)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_copy_of_joined_norms_has_weights_of_its_own():
    torch.manual_seed(0)
    trunk, images = with_drawn_norms(Trunk("resnet18", 16)).eval(), torch.rand(1, 3, 64, 64)
    copied, before = copy.deepcopy(trunk), trunk(images).final
    with torch.no_grad():
        for tensor in (*trunk.parameters(), *trunk.buffers()):
            tensor.fill_(2)
    assert torch.equal(copied(images).final, before)


def test_norms_that_learn_are_not_joined():
    torch.manual_seed(0)
    joined = Trunk("resnet18", 16, freeze_norm=False).train()
    plain, images = plain_twin(joined, "resnet18", 16), torch.rand(2, 3, 64, 64)
    assert torch.equal(joined(images).final, plain(images).final)
    assert torch.equal(joined.body.bn1.running_mean, plain.body.bn1.running_mean)


@pytest.mark.parametrize(
    ("size", "kernel", "dilation"), [((8, 8), 5, 2), ((7, 9), 3, 2), ((5, 3), 3, 4), ((1, 1), 5, 2)]
)
def test_convolution_by_phases_equals_dilated_convolution(size, kernel, dilation):
    x, weight, bias = torch.randn(2, 6, *size), torch.randn(6, 1, kernel, kernel), torch.randn(6)
    expected = torch.nn.functional.conv2d(
        x, weight, bias, padding=dilation * (kernel // 2), dilation=dilation, groups=6
    )
    assert torch.allclose(convolve_by_phases(x, weight, bias, dilation), expected, atol=1e-5)


def test_saved_model_is_read_back(tmp_path):
    task = Cam(small(), 3)
    save_model(tmp_path / "m.safetensors", task.network, "cam", small(), CLASSES, [])
    back = load_task(tmp_path / "m.safetensors", CLASSIFIERS, CLASSES)
    images = torch.rand(1, 3, 64, 64)
    assert torch.equal(task.network.eval()(images)[0], back.network(images)[0])


def test_models_that_do_not_fit_are_refused_by_name(tmp_path):
    path = tmp_path / "m.safetensors"
    save_model(path, Cam(small(), 3).network, "cam", small(), CLASSES, [])
    with pytest.raises(UserError, match="other classes"):
        load_task(path, CLASSIFIERS, ("a", "b"))
    about = json.loads((tmp_path / "m.safetensors.json").read_text())
    about["settings"]["backbone"] = "resnet18"
    (tmp_path / "m.safetensors.json").write_text(json.dumps(about))
    with pytest.raises(UserError, match="another backbone"):
        load_task(path, CLASSIFIERS, CLASSES)
    about["method"] = "os.system"
    (tmp_path / "m.safetensors.json").write_text(json.dumps(about))
    with pytest.raises(UserError, match=r"os\.system"):
        load_task(path, CLASSIFIERS, CLASSES)
    path.write_bytes(b"x" * 100)
    about["method"], about["settings"]["backbone"] = "cam", LITE
    (tmp_path / "m.safetensors.json").write_text(json.dumps(about))
    with pytest.raises(UserError, match="cannot be read"):
        load_task(path, CLASSIFIERS, CLASSES)


def test_a_model_names_its_outputs(tmp_path):
    path, network = tmp_path / "m.safetensors", Cam(small(), 3).network
    save_model(path, network, "cam", small(), CLASSES, [])
    assert load_task(path, CLASSIFIERS, CLASSES).outputs == ()
    save_model(path, network, "cam", small(), CLASSES, [], ("maps", "saliency"))
    assert load_task(path, CLASSIFIERS, CLASSES).outputs == ("maps", "saliency")


def test_older_model_description_is_read_and_a_newer_one_is_refused(tmp_path):
    path, description = tmp_path / "m.safetensors", tmp_path / "m.safetensors.json"
    save_model(path, Cam(small(), 3).network, "cam", small(), CLASSES, [])
    about = json.loads(description.read_text())
    older = {key: value for key, value in about.items() if key not in ("format", "outputs")}
    description.write_text(json.dumps(older))
    assert load_task(path, CLASSIFIERS, CLASSES).outputs == ()
    description.write_text(json.dumps({"format": 3}))
    with pytest.raises(UserError, match="has format 3, this version reads up to 2"):
        load_task(path, CLASSIFIERS, CLASSES)
    description.write_text(json.dumps({**about, "format": "x"}))
    with pytest.raises(UserError, match="cannot be read"):
        load_task(path, CLASSIFIERS, CLASSES)


@pytest.mark.parametrize("head", ["v3plus", "aspp"])
def test_segmenter_loss_leaves_out_ignored_pixels(head):
    task = DeepLab(SegmenterSettings(backbone=LITE, weights="none", head=head), 3)
    task.network.eval()
    images, labels = torch.rand(2, 3, 64, 64), torch.randint(0, 4, (2, 64, 64))
    half = labels.clone()
    half[:, :32] = 255
    logits = F.interpolate(task.network(images), (64, 64), mode="bilinear", align_corners=False)
    expected = F.cross_entropy(logits[:, :, 32:], labels[:, 32:])
    assert torch.isclose(task.loss({"image": images, "labels": half})[0], expected, rtol=1e-5)
    none = task.loss({"image": images, "labels": torch.full_like(labels, 255)})[0]
    assert float(none.detach()) == 0


def test_segmenter_takes_any_size():
    task = DeepLab(SegmenterSettings(backbone=LITE, weights="none"), 3)
    assert task.network.eval()(torch.rand(1, 3, 75, 101)).shape == (1, 4, 19, 26)


def test_multi_scale_is_the_naive_sum():
    image = photo_tensor(
        np.random.default_rng(0).integers(0, 255, (60, 90, 3), dtype=np.uint8), torch.device("cpu")
    )

    def forward(x):
        return F.avg_pool2d(x, 4) ** 2

    grid, total = grid_of(image, 8), 0
    for factor in (0.5, 1.0, 1.5):
        view = (
            image
            if factor == 1
            else F.interpolate(
                image, (round(60 * factor), round(90 * factor)), mode="bilinear", antialias=True
            )
        )
        for mirrored in (False, True):
            maps = forward(view.flip(3) if mirrored else view)
            maps = F.interpolate(maps, grid, mode="bilinear", antialias=maps.shape[2] > grid[0])
            total = total + (maps.flip(3) if mirrored else maps)[0]
    assert torch.allclose(
        multi_scale(image, MultiScaleSettings(scales=(0.5, 1.0, 1.5)), grid, forward),
        total,
        atol=1e-5,
    )


def test_long_side_scales_the_photo():
    photo = np.zeros((50, 100, 3), np.uint8)
    assert photo_tensor(photo, torch.device("cpu"), 64).shape == (1, 3, 32, 64)
    assert photo_tensor(photo[:1, :1], torch.device("cpu"), 64).shape == (1, 3, 64, 64)


def test_bfloat16_changes_maps_little():
    torch.manual_seed(0)
    network = Cam(small(weights="imagenet"), 3).network.eval()
    image = photo_tensor(
        np.random.default_rng(0).integers(0, 255, (96, 128, 3), dtype=np.uint8), torch.device("cpu")
    )
    exact, fast = (
        multi_scale(
            image, MultiScaleSettings(scales=(1.0,), precision=p), (12, 16), lambda x: network(x)[0]
        )
        for p in ("float32", "bfloat16")
    )
    assert fast.dtype == torch.float32
    assert float(torch.corrcoef(torch.stack([exact.flatten(), fast.flatten()]))[0, 1]) > 0.99


def test_sums_over_many_cells_stay_in_float32():
    @full_precision
    def total(x):
        return (x @ x.T).dtype

    with torch.autocast("cpu", torch.bfloat16):
        assert (
            total(torch.ones(4, 4)) == torch.float32
            and (torch.ones(4, 4) @ torch.ones(4, 4)).dtype == torch.bfloat16
        )
