"""What published trainings need: decay in steps, frozen layers, networks without dilation, warped
photos, rates of single heads, and pairs away from the edges. Each against a slow version.
"""

import numpy as np
import pytest
import torch
from torch import nn

from tests.unit.narrow_networks import shaken
from wsss.affinity.irn import Irn, displacement_loss
from wsss.affinity.irn_settings import IrnSettings
from wsss.classify.cam import Cam
from wsss.classify.settings import ClassifierSettings
from wsss.losses.pair import pair_loss
from wsss.nets.pairs import offsets
from wsss.nets.trunk import Trunk
from wsss.run.errors import UserError
from wsss.segment.deeplab import DeepLab
from wsss.segment.settings import SegmenterSettings
from wsss.training.augment import augment, generator
from wsss.training.batches import EpochBatches, GroupBatches
from wsss.training.loop import Runtime, train
from wsss.training.optimiser import default_groups, groups_of, make_optimiser, set_lr
from wsss.training.photos import TrainingPhotos
from wsss.training.settings import TrainingSettings
from wsss.training.targets import labels_target

SMALL = {"backbone": "resnet18", "weights": "none", "crop": 64, "long_side": (64, 96), "batch": 4}
EARLY = ("conv1", "bn1", "layer1", "layer2")


# schedule


def test_the_rate_falls_by_a_factor_every_so_many_steps():
    settings = TrainingSettings(lr=1e-3, decay="step", decay_every=2000, decay_factor=0.1)
    optimiser = torch.optim.SGD([{"params": [nn.Parameter(torch.zeros(1))], "base_lr": 1e-3}], 1.0)
    rate = 1e-3
    for step in range(8000):
        if step in (2000, 4000, 6000):
            rate /= 10
        assert set_lr(optimiser, step, 8000, settings) == pytest.approx(rate, rel=1e-9)


def test_a_training_ends_after_most_steps(index):
    settings = ClassifierSettings(**SMALL, epochs=3, most_steps=4)
    photos = TrainingPhotos(index, index.split("train"), settings)
    task, steps = Cam(settings, len(index.classes)), []
    loss = task.loss

    def count(batch):
        steps.append(batch["progress"])
        return loss(batch)

    task.loss = count
    history = train(task, photos, settings, Runtime())
    assert steps == [0, 1 / 4, 2 / 4, 3 / 4]
    assert [row["epoch"] for row in history] == sorted({k // (len(photos) // 4) for k in range(4)})


def test_most_steps_cuts_the_batches_and_adds_none(index):
    photos = index.split("train")
    whole = TrainingSettings(batch=4, epochs=2)
    for make in (EpochBatches, lambda n, s: GroupBatches(photos, 2, s)):
        keys = list(make(len(photos), whole))
        cut = make(len(photos), whole.model_copy(update={"most_steps": 3}))
        assert list(cut) == keys[:3] and cut.steps == 3
        more = make(len(photos), whole.model_copy(update={"most_steps": 999}))
        assert list(more) == keys and more.steps == len(keys)


# frozen layers


@pytest.mark.parametrize("norms", [True, False])
def test_frozen_layers_do_not_change_and_others_do(index, norms):
    settings = ClassifierSettings(
        **SMALL, epochs=1, optimiser="adamw", freeze=EARLY, freeze_norm=norms
    )
    torch.manual_seed(0)
    task = Cam(settings, len(index.classes))
    before = {name: value.clone() for name, value in task.network.state_dict().items()}
    train(task, TrainingPhotos(index, index.split("train"), settings), settings, Runtime())
    for name, value in task.network.state_dict().items():
        early = name.startswith(tuple(f"trunk.body.{layer}." for layer in EARLY))
        fixed = early or (norms and ("bn" in name or "downsample.1" in name))
        assert torch.equal(value, before[name]) == fixed, name


def test_freezing_all_layers_up_to_one_is_stopping_the_gradient_after_it():
    """Against a network whose map after layer2 is detached, as in IRNet's code."""
    frozen, stopped = (shaken(Trunk("resnet18", 16, freeze=f)).train() for f in (EARLY, ()))
    stopped.load_state_dict(frozen.state_dict())
    stopped.body.layer2.register_forward_hook(lambda module, inputs, output: output.detach())
    images = torch.rand(2, 3, 64, 64)
    for trunk in (frozen, stopped):
        trunk(images).final.square().mean().backward()
    assert all(p.grad is None for p in frozen.body.layer2.parameters())
    pairs = list(zip(frozen.body.named_parameters(), stopped.body.parameters()))
    for (name, a), b in pairs:
        same = a.grad is b.grad is None or torch.equal(a.grad, b.grad)
        assert same, name
    assert any(a.grad is not None for (_, a), _ in pairs)


def test_names_of_frozen_layers_are_patterns_of_whole_names():
    trunk = Trunk("resnet38", 8, freeze=("conv1a", "b2*"))
    frozen = {name for name, p in trunk.body.named_parameters() if not p.requires_grad}
    expected = {
        name
        for name, _ in trunk.body.named_parameters()
        if name.partition(".")[0] in ("conv1a", "b2", "b2_1", "b2_2")
    }
    norms = {name for name, _ in trunk.body.named_parameters() if "bn" in name}
    assert frozen - norms == expected - norms and expected


def test_a_wrong_name_of_a_layer_is_answered_with_the_right_ones():
    with pytest.raises(UserError, match=r"'layer9' is no layer.*it has conv1, bn1, layer1, layer2"):
        Trunk("resnet18", 16, freeze=("layer9",))


def test_deeplab_v3plus_freezes_layers_too():
    settings = SegmenterSettings(backbone="resnet18", weights="none", freeze=EARLY)
    network = DeepLab(settings, 3).network.train()
    for name, parameter in network.trunk.model.named_parameters():
        if name.startswith(EARLY):
            assert not parameter.requires_grad, name
    assert network.trunk.model.layer3[0].conv1.weight.requires_grad


# networks without dilation


def test_an_undilated_network_convolves_neighbouring_cells():
    """Against a ResNet of stride 32 whose last stage has its strides set to 1."""
    trunk, slow = shaken(Trunk("resnet26", 16, dilate=False)), Trunk("resnet26", 32).eval()
    slow.load_state_dict(trunk.state_dict())
    for module in slow.body.layer4.modules():
        if isinstance(module, nn.Conv2d):
            module.stride = (1, 1)
    images = torch.rand(1, 3, 70, 96)
    with torch.no_grad():
        assert torch.equal(trunk(images).final, slow(images).final)
        dilated = Trunk("resnet26", 16).eval()
        dilated.load_state_dict(trunk.state_dict())
        assert not torch.allclose(trunk(images).final, dilated(images).final)


@pytest.mark.parametrize("backbone", ["vgg11", "tf_efficientnet_lite0"])
def test_undilated_maps_keep_their_size(backbone):
    for side in (64, 75):
        images = torch.rand(1, 3, side, side)
        sizes = [Trunk(backbone, 8, dilate=d).eval()(images).final.shape for d in (True, False)]
        assert sizes[0] == sizes[1]


# warped photos


def test_warped_photos_fill_the_crop():
    settings = TrainingSettings(crop=48, long_side=(100, 200), warp=True, flip=False, jitter=0)
    photo = np.zeros((30, 80, 3), np.uint8)
    photo[:, 40:] = 200
    labels = np.zeros((30, 80), np.uint8)
    labels[15:] = 7
    target = {"labels": labels_target(lambda _: None)}
    image, maps, _ = augment(photo, {"labels": labels}, target, settings, generator(0, 0, "a"))
    assert image.shape == (3, 48, 48)
    assert (image[:, :, :23] == 0).all() and (image[:, :, 25:] == 200).all()
    assert (maps["labels"][:24] == 0).all() and (maps["labels"][24:] == 7).all()


# IRNet's heads


def test_displacements_have_a_rate_of_their_own():
    settings = IrnSettings(**SMALL, lr=0.1, head_lr=1, displacement_lr=10)
    task = Irn(settings, 3)
    task.network.train()
    rates = {}
    for group in make_optimiser(groups_of(task, settings), settings).param_groups:
        for parameter in group["params"]:
            rates[id(parameter)] = group["lr"] / 0.1
    for name, parameter in task.network.named_parameters():
        if parameter.requires_grad:
            bias = 2 if name.endswith("bias") else 1
            head = 10 if name.startswith(("displacement", "join")) else 1
            assert rates[id(parameter)] == pytest.approx(bias * head), name
    plain = settings.model_copy(update={"displacement_lr": 1.0})
    names = [g.name for g in default_groups(task.network, task.network.trunk, plain)]
    assert [g.name for g in groups_of(task, plain)] == names


def test_irnet_pools_the_stem_on_request():
    torch.manual_seed(0)
    task = Irn(IrnSettings(**SMALL, pooled_stem=True), 3)
    plain = Irn(IrnSettings(**SMALL), 3)
    plain.network.load_state_dict(task.network.state_dict())
    seen = {}
    for name, network in (("pooled", task.network.eval()), ("plain", plain.network.eval())):
        first = network.boundary_projections[0]
        first.register_forward_pre_hook(lambda m, x, name=name: seen.update({name: x[0]}))
        with torch.no_grad():
            network(torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)))
    assert seen["pooled"].shape[2:] == (16, 16) and seen["plain"].shape[2:] == (32, 32)
    pooled = seen["pooled"]
    for y, x in ((0, 0), (3, 7), (15, 15)):
        rows = slice(max(0, 2 * y - 1), 2 * y + 2)
        columns = slice(max(0, 2 * x - 1), 2 * x + 2)
        assert torch.equal(pooled[..., y, x], seen["plain"][..., rows, columns].amax(dim=(2, 3)))


# pairs away from the edges


def slow_pair_loss(affinity, labels, radius):
    """PSA's loss over pairs whose first cell has all neighbours of the half plane in the grid."""
    sums = {"background": [], "same": [], "different": []}
    height, width = labels.shape[1:]
    for n in range(len(labels)):
        for y in range(height - radius + 1):
            for x in range(radius - 1, width - radius + 1):
                for o, (dy, dx) in enumerate(offsets(radius)):
                    a, b = int(labels[n, y, x]), int(labels[n, y + dy, x + dx])
                    p = float(affinity[n, o, y, x])
                    if 255 in (a, b):
                        continue
                    if a != b:
                        sums["different"].append(-np.log(1 + 1e-5 - p))
                    else:
                        sums["same" if a else "background"].append(-np.log(p + 1e-5))
    means = {name: np.mean(terms) if terms else 0.0 for name, terms in sums.items()}
    return means["background"] / 4 + means["same"] / 4 + means["different"] / 2


@pytest.mark.parametrize("size", [(9, 12), (5, 9), (3, 4)])
def test_pairs_of_the_published_code(size):
    rng = np.random.default_rng(0)
    labels = torch.from_numpy(rng.choice([0, 0, 3, 5, 255], (2, *size)))
    affinity = torch.from_numpy(rng.random((2, len(offsets(4)), *size)))
    loss, _ = pair_loss(affinity, labels, 4, edge_pairs=False)
    assert float(loss) == pytest.approx(slow_pair_loss(affinity, labels, 4), rel=1e-3, abs=1e-9)
    if size == (9, 12):
        assert float(loss) != pytest.approx(float(pair_loss(affinity, labels, 4)[0]), rel=1e-3)


def test_displacements_leave_out_pairs_at_the_edges():
    labels = torch.full((1, 9, 12), 3)
    displacement = torch.zeros(1, 2, 9, 12)
    loss = displacement_loss(displacement, labels, 4, edge_pairs=False)["same"]
    apart = [(abs(dy) + abs(dx)) / 2 for dy, dx in offsets(4)]  # each offset equally often
    assert float(loss) == pytest.approx(np.mean(apart), rel=1e-5)
