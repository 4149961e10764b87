"""AuxSegNet's network and losses against slow versions in numpy, its parameter groups, and a round
that is interrupted.
"""

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch.nn.functional import interpolate

from tests.unit.interrupted import train_until
from tests.unit.test_cross_affinity import dense_affinity, dense_cross, spread
from wsss.data.images import IGNORE
from wsss.losses.tags import tag_loss
from wsss.multitask.auxsegnet import AuxSegNet
from wsss.multitask.auxsegnet_settings import AuxSegNetSettings
from wsss.multitask.targets import SALIENCY, make_targets
from wsss.nets.models import save_model
from wsss.nets.start import start_from
from wsss.run.errors import UserError
from wsss.training.batches import Key
from wsss.training.photos import TrainingPhotos
from wsss.training.targets import LABELS, labels_target

TINY = AuxSegNetSettings(
    backbone="tf_efficientnet_lite0",
    weights="none",
    output_stride=16,
    crop=64,
    long_side=(48, 80),
    hidden=8,
    epochs=2,
    batch=2,
    optimiser="adamw",
    lr=1e-3,
)
CLASSES = 3


def make_task(**changes):
    torch.manual_seed(0)
    task = AuxSegNet(TINY.model_copy(update=changes), CLASSES)
    task.network.eval()  # without dropout
    return task


def make_batch():
    rng = np.random.default_rng(0)
    labels = rng.choice([0, 1, 2, 3, IGNORE], (2, 64, 64))
    levels = rng.choice([0, 100, 127, 128, 254, IGNORE], (2, 64, 64))
    return {
        "image": torch.from_numpy(rng.random((2, 3, 64, 64), np.float32)),
        "tags": torch.tensor([[1.0, 0, 1], [0, 1, 0]]),
        LABELS: torch.from_numpy(labels),
        SALIENCY: torch.from_numpy(levels.astype(np.uint8)),
    }


def enlarged(logits):
    full = interpolate(logits, (64, 64), mode="bilinear", align_corners=False)
    return full.detach().double().numpy()


def slow_cross_entropy(logits, labels):
    terms = []
    for n, y, x in np.argwhere(labels.numpy() != IGNORE):
        scores = logits[n, :, y, x]
        terms.append(np.log(np.exp(scores).sum()) - scores[labels[n, y, x]])
    return np.mean(terms)


def slow_saliency(logits, levels):
    terms = []
    for n, y, x in np.argwhere(levels.numpy() != IGNORE):
        salient = levels[n, y, x] / 255 > 0.5
        p = 1 / (1 + np.exp(-logits[n, 0, y, x]))
        terms.append(-np.log(p if salient else 1 - p))
    return np.mean(terms)


def slow_tags(scores, tags):
    p = 1 / (1 + np.exp(-scores))
    return -(tags * np.log(p) + (1 - tags) * np.log(1 - p)).mean()


def test_loss_is_that_of_loops_over_pixels():
    task, batch = (
        make_task(segment_weight=0.5, saliency_weight=2.0, classify_weight=3.0),
        make_batch(),
    )
    loss, parts = task.loss(batch)
    seen = task.network.see(batch["image"])
    masks = {name: [enlarged(x) for x in mask.trained] for name, mask in seen.masks.items()}
    segment = sum(slow_cross_entropy(x, batch[LABELS]) for x in masks["segmentation"])
    saliency = sum(slow_saliency(x, batch[SALIENCY]) for x in masks["saliency"])
    maps = task.network.class_maps(seen).detach().double().numpy()
    classify = slow_tags(maps.mean(axis=(2, 3)), batch["tags"].numpy())
    assert len(masks["saliency"]) == 2
    expected = {"segment": segment, "saliency": saliency, "classify": classify}
    assert parts == pytest.approx(expected, rel=1e-4)
    assert loss.item() == pytest.approx(0.5 * segment + 2 * saliency + 3 * classify, rel=1e-4)


@pytest.mark.parametrize("affinity", ["cross", "segmentation", "saliency"])
def test_refined_masks_are_initial_ones_times_the_dense_affinity(affinity):
    task, batch = make_task(affinity=affinity), make_batch()
    network = task.network
    seen = network.see(batch["image"])
    assert torch.equal(network(batch["image"]), seen.masks["segmentation"].refined)
    for photo in range(2):
        if affinity == "cross":
            embeddings = seen.embeddings["segmentation"], seen.embeddings["saliency"]
            dense = dense_cross(network.fusion, *embeddings, photo)
        else:
            dense = dense_affinity(seen.embeddings[affinity], photo)
        for mask in seen.masks.values():
            expected = spread(dense, mask.initial, photo)
            assert np.allclose(mask.refined[photo].detach(), expected, atol=1e-5)


def test_without_affinity_the_initial_masks_are_the_result():
    task, batch = make_task(affinity="none"), make_batch()
    mask = task.network.see(batch["image"]).masks["segmentation"]
    assert mask.refined is None and mask.trained == [mask.initial]
    assert torch.equal(task.network(batch["image"]), mask.initial)


def test_segmentation_alone_has_one_loss_and_no_class_maps():
    task = make_task(classify_weight=0.0, saliency_weight=0.0, affinity="segmentation")
    batch = make_batch()
    _, parts = task.loss(batch)
    assert list(parts) == ["segment"] and list(task.network.tasks) == ["segmentation"]
    with pytest.raises(UserError, match=r"multitask.auxsegnet.classify_weight"):
        task.network.class_maps(task.network.see(batch["image"]))


@pytest.mark.parametrize("affinity", ["cross", "saliency"])
def test_affinity_of_saliency_needs_that_task(affinity):
    with pytest.raises(ValidationError, match="needs the saliency task"):
        AuxSegNetSettings(saliency_weight=0, affinity=affinity)


def test_every_parameter_that_trains_gets_a_gradient_and_one_rate():
    task = make_task(fusion_lr=0.25, head_lr=10.0)
    task.network.train()
    task.loss(make_batch())[0].backward()
    for name, parameter in task.network.named_parameters():
        assert not parameter.requires_grad or parameter.grad is not None, name
    groups = task.parameter_groups(task.settings)
    rates = {id(p): group.lr for group in groups for p in group.parameters}
    assert rates[id(task.network.fusion.mix.weight)] == 0.25
    assert rates[id(task.network.tasks["saliency"].decide.weight)] == 10
    assert rates[id(task.network.head.weight)] == 10
    trained = [p for p in task.network.parameters() if p.requires_grad]
    assert sum(len(group.parameters) for group in groups) == len(rates) == len(trained)


def test_photo_without_tags_is_left_out_of_the_classification_alone():
    scores, tags = torch.randn(2, 3), torch.tensor([[0.0, 0, 0], [0, 1, 0]])
    alone = tag_loss(scores[1:], tags[1:])
    assert torch.equal(tag_loss(scores, tags), alone) and alone > 0
    assert tag_loss(scores[:1], tags[:1]) == 0
    batch = {**make_batch(), "tags": torch.zeros(2, 3)}
    loss, parts = make_task().loss(batch)
    assert parts["classify"] == 0 and parts["segment"] > 0 and parts["saliency"] > 0
    loss.backward()


def test_batch_without_a_known_pixel_has_no_dense_loss():
    batch = make_batch()
    batch[LABELS].fill_(IGNORE)
    batch[SALIENCY].fill_(IGNORE)
    parts = make_task().loss(batch)[1]
    assert parts["segment"] == parts["saliency"] == 0 and parts["classify"] > 0


def photos_of(index, settings):
    """The training photos with labels of 1 and a saliency of 255 everywhere."""
    labels = labels_target(lambda photo: np.ones((72, 96), np.uint8))
    targets = make_targets(labels, lambda photo: np.full((72, 96), 255, np.uint8), settings.padding)
    return TrainingPhotos(index, index.split("train"), settings, targets)


@pytest.mark.parametrize("padding", ["ignore", "background"])
def test_padding_around_a_small_photo_is_ignored_or_as_published_background(index, padding):
    settings = TINY.model_copy(update={"crop": 128, "padding": padding})
    item = photos_of(index, settings)[Key(0, 0)]
    labels, levels = item[LABELS].numpy(), item[SALIENCY].numpy()
    inside = labels == 1
    assert 0.1 < inside.mean() < 0.9 and np.array_equal(inside, levels == 254)
    fill = IGNORE if padding == "ignore" else 0
    assert (labels[~inside] == fill).all() and (levels[~inside] == fill).all()


def train_from(index, start, folder=None, stop=None):
    """A round that starts from the model of the round before."""
    settings = TINY.model_copy(update={"weights": "none"})

    def begin():
        task = AuxSegNet(settings, len(index.classes))
        start_from(task.network, start)
        return task

    return train_until(begin, photos_of(index, settings), settings, folder, stop)


def test_second_round_resumes_where_it_was_interrupted(index, tmp_path):
    before = AuxSegNet(TINY, len(index.classes))
    start = tmp_path / "round1.safetensors"
    save_model(start, before.network, "auxsegnet", TINY, index.classes, [])
    whole, history = train_from(index, start)
    train_from(index, start, tmp_path, stop=3)
    assert list(tmp_path.glob("state-00000003-*"))
    resumed, same = train_from(index, start, tmp_path)
    assert history == same and len(history) == 2
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name


def test_second_round_takes_every_tensor_of_the_first(tmp_path):
    first, second = make_task(), AuxSegNet(TINY, CLASSES)
    path = tmp_path / "round1.safetensors"
    save_model(path, first.network, "auxsegnet", TINY, ("a", "b", "c"), [])
    line = start_from(second.network, path)
    assert "0 of the network keep" in line and "0 of the model not used" in line
    for name, value in first.network.state_dict().items():
        assert torch.equal(value, second.network.state_dict()[name])
