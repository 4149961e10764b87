"""Multiple instance learning: pooling, losses and targets against slow versions, what learns, and
which photos train.
"""

import numpy as np
import pytest
import torch

from wsss.classify.mil import Mil, SegmentationNet, share_label
from wsss.classify.mil_settings import MilSettings
from wsss.classify.photos import choose_photos, find_gaps
from wsss.classify.pooling import pool
from wsss.classify.registry import CLASSIFIERS
from wsss.classify.settings import ClassifierSettings
from wsss.data.photo import Photo
from wsss.nets.models import load_task, save_model
from wsss.run.errors import UserError
from wsss.run.settings import validate

SMALL = {"backbone": "tf_efficientnet_lite0", "weights": "none", "layers": 1, "width": 8}
CLASSES = ("cat", "dog", "cow")


def make_planes(shape=(2, 4, 3, 5), seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def make_task(seed=0, **settings):
    torch.manual_seed(seed)
    return Mil(MilSettings(**{**SMALL, **settings}), 3)


@pytest.mark.parametrize("r", [0.5, 5.0, 40.0])
def test_gradient_of_log_sum_exp_is_a_softmax_of_temperature_1_over_r(r):
    planes = make_planes().requires_grad_()
    settings = MilSettings(**SMALL, pooling="lse", lse_r=r)
    pool(planes, settings)[1, 2].backward()
    values = [np.exp(r * s) for s in planes[1, 2].flatten().tolist()]
    attention = np.array(values).reshape(3, 5) / sum(values)
    assert np.allclose(planes.grad[1, 2], attention, atol=1e-5)
    planes.grad[1, 2] = 0
    assert not planes.grad.any()


@pytest.mark.parametrize("pooling", ["lse", "max", "mean"])
def test_scores_do_not_depend_on_how_often_a_map_is_repeated(pooling):
    planes, settings = make_planes(), MilSettings(**SMALL, pooling=pooling)
    assert torch.allclose(pool(planes, settings), pool(planes.repeat(1, 1, 2, 3), settings))


def test_label_of_several_tags_is_shared_and_of_none_is_background():
    tags = torch.tensor([[0, 0, 0], [0, 1, 0], [1, 0, 1], [1, 1, 1]]).float()
    third = 1 / 3
    expected = [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0.5, 0, 0.5], [0, third, third, third]]
    assert torch.allclose(share_label(tags), torch.tensor(expected))


def slow_softmax_loss(scores, tags):
    """Photo by photo, tag by tag."""
    total = 0.0
    for photo, of_photo in zip(scores.tolist(), tags.tolist()):
        labels = [k for k, present in enumerate(of_photo, start=1) if present] or [0]
        whole = sum(np.exp(score) for score in photo)
        for label in labels:
            total -= np.log(np.exp(photo[label]) / whole) / len(labels)
    return total / len(scores)


def slow_sigmoid_loss(scores, tags):
    """Photo by photo, class by class; the background takes no part."""
    total = 0.0
    for photo, of_photo in zip(scores.tolist(), tags.tolist()):
        for score, present in zip(photo[1:], of_photo):
            probability = 1 / (1 + np.exp(-score))
            total -= np.log(probability if present else 1 - probability)
    return total / tags.numel()


@pytest.mark.parametrize(
    ("loss", "slow"), [("softmax", slow_softmax_loss), ("sigmoid", slow_sigmoid_loss)]
)
def test_losses_are_those_of_a_loop(loss, slow):
    task, planes = make_task(loss=loss, pooling="lse"), make_planes((4, 4, 3, 5), 1).float()
    tags = torch.tensor([[0, 0, 0], [0, 1, 0], [1, 0, 1], [1, 1, 1]]).float()
    task.network.planes = lambda images: planes
    value, parts = task.loss({"image": torch.zeros(4, 3, 8, 8), "tags": tags})
    assert float(value) == pytest.approx(slow(pool(planes, task.settings), tags), rel=1e-5)
    assert parts == {}


@pytest.mark.parametrize("loss", ["softmax", "sigmoid"])
def test_class_maps_are_the_planes_less_the_background(loss):
    task = make_task(loss=loss)
    task.network.eval()
    torch.nn.init.normal_(task.network.head.planes.weight)
    images = torch.rand(2, 3, 64, 96)
    planes, (maps, features) = task.network.planes(images), task.network(images)
    assert planes.shape == (2, 4, *features.final.shape[2:]) and maps.shape[1] == 3
    assert torch.allclose(maps, planes[:, 1:] - planes[:, :1])
    assert planes[:, 0].any() == (loss == "softmax") and planes[:, 1:].any()
    refined = task.network.refined(images, maps, features)
    assert refined.shape == planes.shape


def test_image_level_prior_is_a_softmax_or_has_a_sure_background():
    scores = torch.tensor([0.0, 2.0, -1.0, 0.5])
    prior = make_task().label_probabilities(scores)
    assert torch.allclose(prior, scores.exp() / scores.exp().sum())
    alone = make_task(loss="sigmoid").label_probabilities(scores)
    assert torch.allclose(alone, torch.tensor([1.0, 0.8808, 0.2689, 0.6225]), atol=1e-4)


@pytest.mark.parametrize(("layers", "width"), [(0, 8), (1, 8), (3, 5)])
def test_segmentation_net_has_the_layers_of_the_settings(layers, width):
    net = SegmentationNet(7, 3, MilSettings(**{**SMALL, "layers": layers, "width": width}))
    sizes = [tuple(p.shape) for p in net.parameters() if p.dim() == 4]
    inner = [(width, 7, 3, 3), *[(width, width, 3, 3)] * (layers - 1)] if layers else []
    assert sizes == [*inner, (4, width if layers else 7, 1, 1)]
    assert net(torch.zeros(2, 7, 6, 5)).shape == (2, 4, 6, 5)


@pytest.mark.parametrize("loss", ["softmax", "sigmoid"])
def test_segmentation_net_learns_where_a_class_is_from_tags(loss):
    """A class is a channel of the features that is high at one position, else low."""
    torch.manual_seed(0)
    task = make_task(loss=loss, pooling="lse")
    net = SegmentationNet(4, 3, MilSettings(**{**SMALL, "layers": 0}, loss=loss))
    features, tags = (torch.rand(8, 4, 4, 4) - 0.5) * 0.3, torch.zeros(8, 3)
    for photo in range(6):  # the last two have no class
        features[photo, photo % 3, 1, 2] = 3
        tags[photo, photo % 3] = 1
    task.network.planes = lambda images: net(images)
    optimiser = torch.optim.Adam(net.parameters(), 0.05)
    for _ in range(100):
        optimiser.zero_grad()
        task.loss({"image": features, "tags": tags})[0].backward()
        optimiser.step()
    labels = net(features).argmax(dim=1)
    for photo in range(6):
        assert labels[photo, 1, 2] == photo % 3 + 1 and labels[photo].count_nonzero() == 1
    assert not labels[6:].any()


def test_trunk_is_fixed_with_its_norms_unless_a_share_of_it_learns():
    fixed = make_task(freeze_norm=False)
    fixed.network.train()
    batch = {"image": torch.rand(2, 3, 64, 64), "tags": torch.eye(3)[:2]}
    before = {name: value.clone() for name, value in fixed.network.trunk.state_dict().items()}
    fixed.loss(batch)[0].backward()
    assert all(p.grad is None for p in fixed.network.trunk.parameters())
    assert all(p.grad is not None for p in fixed.network.head.parameters())
    after = fixed.network.trunk.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    part = make_task(train_trunk=0.25, freeze_norm=False).network.trunk
    learns = [p.requires_grad for p in part.parameters()]
    first = learns.index(True)
    assert all(learns[first:]) and first == len(learns) - round(0.25 * len(learns))
    whole = make_task(train_trunk=1.0, freeze_norm=False).network.trunk
    assert all(p.requires_grad for p in whole.parameters())


def test_saved_classifier_is_loaded_with_its_planes_and_classes(tmp_path):
    task = make_task(1)
    task.network.eval()
    save_model(tmp_path / "m", task.network, "mil", task.settings, CLASSES, [])
    again, images = load_task(tmp_path / "m", CLASSIFIERS, CLASSES), torch.rand(1, 3, 64, 64)
    assert torch.equal(again.network.planes(images), task.network.planes(images))
    assert again.classes == CLASSES


def test_rows_of_imagenet_are_refused_as_its_head():
    with pytest.raises(UserError, match="set head_from: random"):
        validate(MilSettings, {**SMALL, "head_from": "imagenet"})


def make_photos(*tags):
    return [Photo(f"p{n}", f"p{n}.jpg", of_photo) for n, of_photo in enumerate(tags)]


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        (MilSettings(), 3),
        (MilSettings(loss="sigmoid"), 2),
        (ClassifierSettings(), 2),
    ],
)
def test_photos_without_tags_train_where_they_have_a_label(settings, count):
    assert len(choose_photos(make_photos((1,), (), (1, 3)), settings)) == count


def test_classes_and_background_without_a_photo_are_named_in_one_line_each():
    softmax, sigmoid = MilSettings(), MilSettings(loss="sigmoid")
    tagged = make_photos((1,), (1,))
    first, second = find_gaps(tagged, CLASSES, softmax)
    assert "no photo that trains has dog, cow" in first
    assert "classifier.mil.loss: sigmoid" in second
    assert find_gaps(tagged, CLASSES, sigmoid) == [first]
    assert find_gaps(make_photos((1, 2, 3), ()), CLASSES, softmax) == []
    assert find_gaps(make_photos((1, 2), (3,)), CLASSES, ClassifierSettings()) == []
