"""The loop learns, resumes to the bit, and refuses a loss that is not finite."""

import pytest
import torch

from tests.unit.interrupted import train_until
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
AVERAGED = TINY.model_copy(update={"average": 0.2})


def test_batches_do_not_depend_on_the_number_of_workers(index):
    photos = TrainingPhotos(index, index.split("train"), TINY)
    batches = EpochBatches(len(photos), TINY)
    for a, b in zip(loader(photos, batches, 0), loader(photos, batches, 2)):
        assert torch.equal(a["image"], b["image"]) and a["id"] == b["id"]


def run(index, folder=None, stop=None, settings=TINY):
    photos = TrainingPhotos(index, index.split("train"), settings)
    return train_until(lambda: Cam(settings, len(index.classes)), photos, settings, folder, stop)


@pytest.mark.parametrize("settings", [TINY, AVERAGED])
def test_resumed_training_equals_an_unbroken_one(index, tmp_path, settings):
    whole, history = run(index, settings=settings)
    run(index, tmp_path, stop=3, settings=settings)
    resumed, resumed_history = run(index, tmp_path, settings=settings)
    for a, b in zip(whole.network.state_dict().values(), resumed.network.state_dict().values()):
        assert torch.equal(a, b)
    assert history == resumed_history


def test_the_saved_network_is_the_average_of_the_weights_after_each_step(index, monkeypatch):
    """A loop over the tensors that each step left."""
    seen, learn = [], loop._Steps._learn

    def note(self, batch, ending):
        parts = learn(self, batch, ending)
        state = self.task.network.state_dict()
        seen.append({name: value.double().clone() for name, value in state.items()})
        return parts

    torch.manual_seed(TINY.seed)
    initial = Cam(TINY, len(index.classes)).network.state_dict()
    expected = {name: value.double() for name, value in initial.items()}
    monkeypatch.setattr(loop._Steps, "_learn", note)
    settings = AVERAGED.model_copy(update={"freeze_norm": False})
    found = run(index, settings=settings)[0].network.state_dict()
    for step, after in enumerate(seen):
        decay = min(0.2, (1 + step) / (10 + step))
        for name, value in after.items():
            counter = name.endswith("num_batches_tracked")
            expected[name] = value if counter else decay * expected[name] + (1 - decay) * value
    assert len(seen) == 6
    for name, value in found.items():
        assert torch.allclose(value.double(), expected[name], rtol=1e-4, atol=1e-6), name
    assert not torch.equal(found["head.weight"].double(), seen[-1]["head.weight"])
    assert found["trunk.body.bn1.num_batches_tracked"] == 6


def test_averaging_does_not_change_the_training(index):
    assert run(index)[1] == run(index, settings=AVERAGED)[1]


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
