"""RRM and AA&LR as training tasks: what counts when, what is remembered, and what a training that
was interrupted goes on with.
"""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from tests.unit.interrupted import train_until
from wsss.crf.settings import CrfSettings
from wsss.data.images import IGNORE
from wsss.segment.aalr import Aalr, spread
from wsss.segment.aalr_settings import AalrSettings
from wsss.segment.labeller import Labelled, put_in_crop
from wsss.segment.online_labels import Made
from wsss.segment.rrm_settings import RrmSettings
from wsss.segment.single_stage import SingleStage
from wsss.training.forward import look_at
from wsss.training.photos import TrainingPhotos
from wsss.training.targets import PLACE, REGION, region_target

NET = {
    "backbone": "test_vit",
    "weights": "none",
    "head": "two_convs",
    "hidden": 8,
    "crop": 64,
    "long_side": (48, 80),
    "epochs": 3,
    "batch": 4,
    "optimiser": "adamw",
    "lr": 1e-3,
}
ONLINE = {
    "refresh": 1,
    "scales": (0.5, 1.0),
    "crf": CrfSettings(backend="pydensecrf", iterations=2),
    "alpha_low": 0.2,
    "alpha_high": 8.0,
    "crf_above": 0.0,
    "cam_percentile": 0.0,
}
"""rules by which a network that has learned nothing labels some pixels"""
ALL = {
    "affinity": {"after": 0.0},
    "reassign": {"after": 0.0, "margin": 0.0},
    "regulariser": "dense_energy",
    "dense_energy": {"after": 0.0},
    "balance": "background",
}
CLASSES = 3


def make_task(method=SingleStage, **changes):
    torch.manual_seed(0)
    model = AalrSettings if method is Aalr else RrmSettings
    return method(model(**{**NET, **ONLINE, **changes}), CLASSES)


def make_batch(progress=1.0):
    """Two crops; the first has padding below, the second two tags."""
    region = torch.ones(2, 64, 64, dtype=torch.uint8)
    region[0, 50:] = 0
    lines = (torch.arange(64) + 0.5) / 64
    place = torch.stack([lines, lines]).repeat(2, 1, 1)
    place[0, 0] = torch.where(torch.arange(64) < 50, lines * 64 / 50, -1.0)
    return {
        "image": torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)),
        "tags": torch.tensor([[0.0, 1, 0], [1, 0, 1]]),
        "id": ["a", "b"],
        REGION: region,
        PLACE: place,
        "progress": progress,
    }


def give_labels(task):
    """Let a task get labels in stripes, of background and of each tag, with some unknown ones."""
    labels = torch.zeros(2, 64, 64, dtype=torch.int64)
    labels[0, :, 32:], labels[1, :, 20:40], labels[1, :, 40:] = 2, 1, 3
    labels[:, 50:], labels[:, :, 5:9] = IGNORE, IGNORE
    confidence = torch.rand(2, 64, 64, generator=torch.Generator().manual_seed(1))
    task.label = lambda batch, maps: Labelled(labels, confidence, 1.0)


def test_before_the_first_labels_only_tags_are_learned():
    task = make_task(labels_after=0.5)
    loss, parts = task.loss(make_batch(0.4))
    assert set(parts) == {"classify", "supervised", "made"} and parts["supervised"] == 0
    loss.backward()
    assert task.network.tag_head.classify.weight.grad.any()
    assert task.network.head.decide.weight.grad is None, "the segmentation head learns nothing yet"
    assert (task.supervision == IGNORE).all() and task.supervision.shape == (2, 64, 64)
    assert task.end_epoch(("background", "a", "b", "c"), torch.clone) == []


def test_labels_are_of_the_photo_s_tags_and_never_in_the_padding():
    task = make_task()
    _, parts = task.loss(make_batch())
    labels = task.supervision
    assert set(labels[0].unique().tolist()) <= {0, 2, IGNORE}
    assert set(labels[1].unique().tolist()) <= {0, 1, 3, IGNORE}
    assert (labels[0, 50:] == IGNORE).all() and (labels != IGNORE).any()
    known = (labels != IGNORE).sum() / (64 * 64 + 50 * 64)
    assert parts["supervised"] == pytest.approx(float(known), rel=1e-6) and parts["made"] == 1


def test_every_loss_of_aalr_counts_with_its_weight_and_trains_all_layers():
    task = make_task(Aalr, **ALL, classify_weight=0.5, segment_weight=3.0)
    give_labels(task)
    task.network.train()
    loss, parts = task.loss(make_batch())
    loss.backward()
    weights = {"classify": 0.5, "segment": 3.0, "affinity": 0.1, "reassign": 0.1}
    weighted = sum(weight * parts[name] for name, weight in weights.items())
    assert float(loss.detach()) == pytest.approx(weighted + parts["dense_energy"], rel=1e-4)
    assert all(parts[name] > 0 for name in (*weights, "dense_energy"))
    for name, parameter in task.network.named_parameters():
        assert parameter.grad is not None or not parameter.requires_grad, name


@pytest.mark.parametrize("left_out", ["affinity", "reassign"])
def test_a_loss_of_weight_zero_or_before_its_start_is_left_out(left_out):
    off = {**ALL, left_out: {"weight": 0.0}}
    task = make_task(Aalr, **off)
    assert left_out not in task.loss(make_batch())[1]
    assert hasattr(task.network, "prototypes") == (left_out != "reassign")
    later = {**ALL, left_out: {"after": 0.9}}
    assert left_out not in make_task(Aalr, **later).loss(make_batch(0.5))[1]


def test_prototypes_form_before_their_loss_counts():
    task = make_task(Aalr, reassign={"after": 0.9})
    task.network.train()
    task.loss(make_batch(0.5))
    assert task.network.prototypes.known[0] and not task.network.prototypes.known.all()


def test_reassigned_labels_teach_the_segmentation_where_the_setting_says_so():
    values = {}
    for teach in (False, True):
        task = make_task(Aalr, reassign={"after": 0.0, "margin": 0.0, "teach": teach})
        give_labels(task)
        task.network.eval()
        parts = task.loss(make_batch())[1]
        assert parts["reassigned"] > 0
        values[teach] = parts["segment"]
    assert values[True] != values[False]


def test_pixels_take_the_label_of_their_cell_if_it_was_reassigned():
    labels = torch.tensor([[[1, 1, 1, 2], [1, 1, 2, 2], [0, 0, 255, 2], [0, 0, 2, 2]]])
    cells, region = torch.tensor([[[3, 2], [0, 3]]]), torch.ones(1, 4, 4)
    region[0, 3, 3] = 0
    expected = torch.tensor([[[3, 3, 1, 2], [3, 3, 2, 2], [0, 0, 3, 3], [0, 0, 3, 2]]])
    assert torch.equal(spread(cells, labels, region), expected)


def test_photo_without_tags_trains_nothing():
    task, batch = make_task(Aalr, **{**ALL, "regulariser": "none"}), make_batch()
    batch["tags"] = torch.zeros(2, 3)
    loss, parts = task.loss(batch)
    assert (task.supervision == IGNORE).all() and float(loss.detach()) == 0
    assert parts["supervised"] == 0
    loss.backward()


def test_remembered_labels_are_those_that_were_made():
    """With `refresh` 3 labels are made once in three times, and read in between."""
    task = make_task(refresh=3)
    task.network.eval()
    made, seen = [], []
    for _ in range(6):
        made.append(task.loss(make_batch())[1]["made"])
        seen.append(task.supervision.clone())
    assert made[0] == 1 and 0 in made and min(made[1:3]) < 1
    read = seen[made.index(0)]
    assert (read == seen[0]).float().mean() > 0.9, "cells of a photo are a little coarser"
    assert sum(made[1:4]) == pytest.approx(1), "each photo once in three times"


def test_photos_with_a_tag_that_is_not_found_are_labelled_again_the_next_time():
    """Tags are found by the mean of their maps, whatever `refresh` says."""
    task = make_task(refresh=3, tag_above=0.5)
    task.network.eval()
    scores = {"a": [9.0, 9, 9], "b": [-9.0, 9, 9]}  # of photo b the first tag is not found
    task.network.tag_head.forward = lambda last: torch.tensor(
        [scores[photo] for photo in ("a", "b")][-len(last) :]
    )[:, :, None, None].expand(-1, -1, 4, 4)
    made = []
    for _ in range(4):
        made.append(task.loss(make_batch())[1]["made"])
        assert set(task.supervision[1].unique().tolist()) <= {3, IGNORE}, "neither 0 nor the lost 1"
    assert min(made) == 0.5, "photo b is labelled each time, photo a once in three times"
    lines = task.end_epoch(("background", "x", "y", "z"), torch.clone)
    assert any("4 of" in line and "tags were not found" in line for line in lines)


def test_confidence_of_online_labels_can_weight_them():
    task = make_task(soft="confidence")
    labels = torch.zeros(2, 64, 64, dtype=torch.int64)
    maps = task.network.eval().maps(make_batch()["image"])
    values = []
    for sure in (torch.ones(2, 64, 64), torch.linspace(0, 1, 64).expand(2, 64, 64)):
        losses, _ = task.label_losses(make_batch(), maps, Labelled(labels, sure, 1.0))
        values.append(float(losses["segment"][1].detach()))
    assert values[0] != pytest.approx(values[1], rel=1e-6)


def test_labels_of_a_photo_lie_in_its_region_of_the_crop():
    region = torch.zeros(6, 6, dtype=torch.uint8)
    region[1:4, 2:] = 1
    made = Made(np.arange(12, dtype=np.uint8).reshape(3, 4), np.full((3, 4), 0.5, np.float32))
    shown = put_in_crop(made, region)
    assert (shown.labels[1:4, 2:].numpy() == made.labels).all()
    assert (shown.labels[region == 0] == IGNORE).all() and shown.confidence.sum() == 6


@pytest.mark.parametrize(
    "wrong", [{"multi_point": 0.1}, {"soft": "second"}, {"regulariser": "dfr"}]
)
def test_settings_that_need_given_labels_are_refused(wrong):
    with pytest.raises(ValidationError):
        RrmSettings(**wrong)


def test_deeplab_v3plus_has_class_maps_and_embeddings():
    net = {"backbone": "tf_efficientnet_lite0", "head": "v3plus", "hidden": 0}
    task = make_task(Aalr, **{**ALL, **net})
    assert task.network.prototypes.means.shape == (4, 256)
    task.loss(make_batch())[0].backward()
    assert task.class_maps(torch.rand(1, 3, 40, 72)).shape == (1, 3, 3, 5), "without padding"


class OnlyBackground(torch.nn.Module):
    """A network that predicts background everywhere."""

    def forward(self, images):
        """Logits of background and six classes."""
        logits = torch.zeros(len(images), 7, 4, 4)
        logits[:, 0] = 5
        return logits


def test_network_that_predicts_background_alone_is_told_without_given_labels(index):
    photos = [photo for photo in index.split("train") if photo.tags]
    training = TrainingPhotos(index, photos, RrmSettings(**NET), {REGION: region_target()})
    assert len(index.classes) == 6
    (line,) = look_at(OnlyBackground(), training, torch.device("cpu"), "labels")
    assert "predicts 'background' at every pixel" in line


@pytest.mark.parametrize(
    "net",
    [
        {},
        {"head": "aspp"},
        {"backbone": "tf_efficientnet_lite0", "head": "v3plus", "hidden": 0},
    ],
)
def test_every_head_gives_the_trunk_s_last_map_alone(net):
    network = make_task(**net).network.eval()
    images = torch.rand(1, 3, 48, 80)
    with torch.no_grad():
        maps = network.maps(images)
        assert torch.equal(network.last_map(images), maps.trunk)
        assert torch.equal(network(images), maps.logits)
        classify = network.classify if hasattr(network, "classify") else network.head
        if net == {}:
            classify = network.head.decide
            assert torch.equal(maps.decoder, network.head.enter(maps.trunk).relu())
        assert torch.allclose(classify(maps.decoder), maps.logits, atol=1e-5)


def run(index, settings, folder=None, stop=None):
    photos = [photo for photo in index.split("train") if photo.tags]
    targets = {REGION: region_target()}
    training = TrainingPhotos(index, photos, settings, targets, places=True)
    return train_until(lambda: Aalr(settings, len(index.classes)), training, settings, folder, stop)


def test_interrupted_training_resumes_to_the_bit(index, tmp_path, capsys):
    """In its second epoch some labels are remembered ones, and prototypes have moved."""
    settings = AalrSettings(**{**NET, **ONLINE, **ALL, "refresh": 2, "labels_after": 0.1})
    whole, history = run(index, settings)
    lines = [line for line in capsys.readouterr().out.splitlines() if "online labels" in line]
    run(index, settings, tmp_path, stop=4)
    resumed, same = run(index, settings, tmp_path)
    told = [line for line in capsys.readouterr().out.splitlines() if "online labels" in line]
    assert history == same and 0 < history[1]["made"] < 1 and len(lines) == 3
    assert told == lines
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name
