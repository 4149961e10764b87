"""Trainings on groups: they learn, resume to the bit, and keep the weights after each epoch."""

import pytest
import torch
from safetensors.torch import load_file

from tests.unit.interrupted import train_until
from wsss.classify.group import Group
from wsss.classify.group_settings import GroupSettings
from wsss.classify.registry import CLASSIFIERS
from wsss.nets.models import count_epochs, load_task, save_model
from wsss.nets.start import start_from
from wsss.training.photos import TrainingPhotos

TINY = GroupSettings(
    backbone="tf_efficientnet_lite0",
    weights="none",
    crop=32,
    long_side=(32, 48),
    epochs=2,
    batch=7,
    optimiser="adamw",
    lr=1e-3,
    extra_layers=1,
    extra_width=8,
    keep_epochs=True,
)
AVERAGED = TINY.model_copy(update={"average": 0.2})


def run(index, settings=TINY, folder=None, stop=None):
    photos = TrainingPhotos(index, index.split("train"), settings)
    return train_until(lambda: Group(settings, len(index.classes)), photos, settings, folder, stop)


def check_equal(one, two):
    """Check that two mappings hold the same tensors."""
    assert one.keys() == two.keys()
    for name in one:
        assert torch.equal(one[name], two[name]), name


@pytest.mark.parametrize("settings", [TINY, AVERAGED])
def test_resumed_training_equals_an_unbroken_one(index, tmp_path, settings):
    whole, history = run(index, settings)
    run(index, settings, tmp_path, stop=5)
    resumed, resumed_history = run(index, settings, tmp_path)
    check_equal(whole.network.state_dict(), resumed.network.state_dict())
    assert history == resumed_history and len(whole.epochs) == len(resumed.epochs) == 2
    for one, two in zip(whole.epochs, resumed.epochs):
        check_equal(one, two)


def test_keeping_epochs_does_not_change_the_training(index):
    task, history = run(index)
    usual, same = run(index, TINY.model_copy(update={"keep_epochs": False}))
    assert history == same and not hasattr(usual, "epochs")
    check_equal(task.network.state_dict(), usual.network.state_dict())
    check_equal(task.epochs[-1], usual.network.state_dict())
    assert not torch.equal(task.epochs[0]["head.weight"], task.epochs[1]["head.weight"])


def test_a_model_holds_the_weights_after_each_epoch(index, tmp_path):
    task, history = run(index)
    path, usual = tmp_path / "m.safetensors", tmp_path / "u.safetensors"
    names = index.classes
    save_model(path, task.network, "group", TINY, names, history, epochs=task.epochs)
    save_model(usual, task.network, "group", TINY, names, history)
    assert count_epochs(path) == 2 and count_epochs(usual) == 0
    assert len(load_file(path)) == 3 * len(load_file(usual))
    check_equal(load_task(path, CLASSIFIERS, names).network.state_dict(), load_file(usual))
    for epoch, kept in enumerate(task.epochs):
        check_equal(load_task(path, CLASSIFIERS, names, epoch).network.state_dict(), kept)
    line = start_from(Group(TINY, len(names)).network, path)
    assert "0 of the network keep their initial values, 0 of the model not used" in line


def test_training_lowers_the_loss(index):
    changes = {
        "epochs": 5,
        "weights": "imagenet",
        "jitter": 0.0,
        "crop": 64,
        "long_side": (64, 96),
        "dropout": 0.0,
    }
    _, history = run(index, TINY.model_copy(update=changes))
    assert history[-1]["initial"] < 0.8 * history[0]["initial"]
    assert history[-1]["final"] < history[0]["final"]
