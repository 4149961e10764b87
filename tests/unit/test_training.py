"""The loop learns, resumes to the bit, and refuses a loss that is not finite."""

import pytest
import torch

from wsss.classify.cam import Cam
from wsss.classify.settings import ClassifierSettings
from wsss.run.errors import UserError
from wsss.training import loop
from wsss.training.batches import EpochBatches
from wsss.training.loop import Runtime, train
from wsss.training.photos import TrainingPhotos, loader

TINY = ClassifierSettings(
    backbone="tf_efficientnet_lite0",
    weights="none",
    crop=32,
    long_side=(32, 48),
    epochs=3,
    batch=4,
    optimiser="adamw",
    lr=1e-3,
)


def test_batches_do_not_depend_on_the_number_of_workers(index):
    photos = TrainingPhotos(index, index.split("train"), TINY)
    batches = EpochBatches(len(photos), TINY)
    for a, b in zip(loader(photos, batches, 0), loader(photos, batches, 2)):
        assert torch.equal(a["image"], b["image"]) and a["id"] == b["id"]


def run(index, folder=None, stop=None):
    photos = TrainingPhotos(index, index.split("train"), TINY)
    torch.manual_seed(TINY.seed)
    task = Cam(TINY, len(index.classes))
    runtime = Runtime(resume=folder, checkpoint_minutes=0.0)
    if stop is None:
        return task, train(task, photos, TINY, runtime)
    calls, original = [0], task.loss

    def loss(batch):
        calls[0] += 1
        if calls[0] > stop:
            raise KeyboardInterrupt
        return original(batch)

    task.loss = loss
    with pytest.raises(KeyboardInterrupt):
        train(task, photos, TINY, runtime)
    return None


def test_resumed_training_equals_an_unbroken_one(index, tmp_path):
    whole, history = run(index)
    run(index, tmp_path, stop=3)
    resumed, resumed_history = run(index, tmp_path)
    for a, b in zip(whole.network.state_dict().values(), resumed.network.state_dict().values()):
        assert torch.equal(a, b)
    assert history == resumed_history


def test_training_lowers_the_loss(index):
    changes = {
        "epochs": 12,
        "weights": "imagenet",
        "jitter": 0.0,
        "crop": 64,
        "long_side": (64, 96),
    }
    settings = TINY.model_copy(update=changes)
    task = Cam(settings, len(index.classes))
    history = train(
        task, TrainingPhotos(index, index.split("train"), settings), settings, Runtime()
    )
    assert history[-1]["loss"] < 0.8 * history[0]["loss"]


def test_infinite_loss_stops_the_training_and_names_step_and_photos(index, monkeypatch):
    task = Cam(TINY, len(index.classes))
    before = {k: v.clone() for k, v in task.network.state_dict().items()}
    monkeypatch.setattr(
        task, "loss", lambda batch: (torch.tensor(float("nan"), requires_grad=True), {})
    )
    with pytest.raises(UserError, match=r"loss is nan at step 0 of 6 \(lr 0.001, photos train_"):
        train(task, TrainingPhotos(index, index.split("train"), TINY), TINY, Runtime())
    assert all(torch.equal(v, before[k]) for k, v in task.network.state_dict().items())
    assert loop.Runtime().checkpoint_minutes > 0
