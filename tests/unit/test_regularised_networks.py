"""Segmentation networks with a regularised loss: on convolutional trunks and transformers, what
learns, what is saved, and what is read of the photos.
"""

import numpy as np
import pytest
import torch

from wsss.data.images import IGNORE
from wsss.losses.regulariser_settings import SECTIONS
from wsss.nets.models import load_task, save_model
from wsss.segment.deeplab import DeepLab
from wsss.segment.registry import SEGMENTERS
from wsss.segment.settings import SegmenterSettings
from wsss.training.augment import augment
from wsss.training.settings import TrainingSettings
from wsss.training.targets import REGION, labels_target, region_target

LITE, VIT = "tf_efficientnet_lite0", "test_vit"
SWIN = "swin_tiny_patch4_window7_224"
NETWORKS = [
    (LITE, "v3plus", 16, "decoder"),
    (LITE, "v3plus", 16, "trunk"),
    (LITE, "largefov", 16, "decoder"),
    (VIT, "aspp", 16, "decoder"),
    pytest.param(SWIN, "aspp", 32, "trunk", marks=pytest.mark.slow),
]
"""backbone, head, output stride, source of DFR's features"""


def make_task(backbone=LITE, head="v3plus", stride=16, **more):
    torch.manual_seed(0)
    settings = SegmenterSettings(
        backbone=backbone, weights="none", head=head, output_stride=stride, crop=64, **more
    )
    return DeepLab(settings, 3)


def make_batch(progress=1.0):
    """Two crops with a few strokes, of which one has padding."""
    labels = torch.full((2, 64, 64), IGNORE)
    labels[:, 20:23, 5:60], labels[:, 40:43, 5:30] = 0, 2
    region = torch.ones(2, 64, 64, dtype=torch.uint8)
    region[0, :, 50:] = 0
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    return {"image": images, "labels": labels, REGION: region, "progress": progress}


@pytest.mark.parametrize(("backbone", "head", "stride", "source"), NETWORKS)
def test_dfr_trains_every_layer_of_every_trunk(backbone, head, stride, source):
    task = make_task(backbone, head, stride, regulariser="dfr", dfr={"source": source})
    task.network.train()
    loss, parts = task.loss(make_batch())
    loss.backward()
    assert set(parts) == {"labels", "dfr", "consistency"}
    assert float(loss.detach()) == pytest.approx(sum(parts.values()), rel=1e-4)
    for name, parameter in task.network.named_parameters():
        assert parameter.grad is not None or not parameter.requires_grad, name
    assert task.network.feature_head.layers[0].weight.grad.any()
    maps = task.network.maps(make_batch()["image"])
    size = task.network.feature_head(getattr(maps, source)).shape
    assert size[1] == 128 and size[2:] == getattr(maps, source).shape[2:]


@pytest.mark.parametrize("name", SECTIONS)
def test_every_loss_adds_to_the_one_on_labels_after_its_start(name):
    task = make_task(regulariser=name, **{name: {"after": 0.5}})
    plain = make_task()
    task.network.eval()
    plain.network.eval()
    shared = {k: v for k, v in task.network.state_dict().items() if "feature_head" not in k}
    plain.network.load_state_dict(shared)
    alone = plain.loss(make_batch())[0]
    early, parts = task.loss(make_batch(0.4))
    assert torch.equal(early, alone) and set(parts) == {"labels"}
    late, parts = task.loss(make_batch(0.5))
    assert float(late.detach()) == pytest.approx(sum(parts.values()), rel=1e-4)
    assert name in parts and not torch.equal(late, alone)


@pytest.mark.parametrize("head", ["v3plus", "aspp"])
def test_a_network_with_features_is_saved_and_predicts_alike(head, tmp_path):
    settings = {"head": head, "regulariser": "dfr", "dfr": {"channels": 7, "hidden": 5}}
    task = make_task(**settings)
    task.network.eval()
    given = SegmenterSettings(
        backbone=LITE,
        weights="none",
        head=head,
        output_stride=16,
        regulariser="dfr",
        dfr={"channels": 7, "hidden": 5},
    )
    save_model(tmp_path / "m", task.network, "deeplab", given, ("a", "b", "c"), [])
    loaded = load_task(tmp_path / "m", SEGMENTERS, ("a", "b", "c"))
    images = make_batch()["image"]
    with torch.no_grad():
        assert torch.equal(loaded.network(images), task.network(images))
    assert loaded.network.feature_head.layers[3].weight.shape[0] == 7


def test_maps_have_no_padding_and_the_trunk_s_map_is_the_encoder_s():
    task = make_task()
    task.network.eval()
    maps = task.network.maps(torch.rand(1, 3, 70, 52))
    assert maps.logits.shape[2:] == maps.decoder.shape[2:] == (18, 13)
    assert maps.trunk.shape[2:] == (5, 4)
    assert maps.trunk.shape[1] == task.network.map_channels["trunk"]
    assert torch.equal(task.network.classify(maps.decoder), maps.logits)


@pytest.mark.parametrize(("long_side", "crop"), [(40, 64), (120, 64), (64, 64)])
def test_the_region_is_the_photo_and_not_the_padding(long_side, crop):
    photo = np.full((30, 60, 3), 200, np.uint8)
    photo[:, :20] = 7
    labels = np.full((30, 60), IGNORE, np.uint8)
    targets = {"labels": labels_target(lambda photo: labels), REGION: region_target()}
    maps = {name: target.read(name, None, (30, 60)) for name, target in targets.items()}
    settings = TrainingSettings(long_side=(long_side, long_side), crop=crop, jitter=0)
    image, cut, _ = augment(photo, maps, targets, settings, np.random.default_rng(0))
    padding = (image == torch.tensor([124, 116, 104])[:, None, None]).all(0)
    assert torch.equal(cut[REGION], (~padding).to(torch.uint8))
    assert cut[REGION].sum() == min(long_side, crop) * min(round(long_side / 2), crop)
    assert (cut["labels"] == IGNORE).all()
