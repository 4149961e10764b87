"""The loop learns, resumes to the bit, and refuses a loss that is not finite; augmentation is a pure function."""

import numpy as np
import pytest
import torch

from wsss.classify.cam import Cam
from wsss.classify.settings import ClassifierSettings
from wsss.data.images import IGNORE
from wsss.run.errors import UserError
from wsss.training import loop
from wsss.training.augment import MEAN_COLOUR, augment, generator
from wsss.training.loop import Runtime, train
from wsss.training.optimiser import make_optimiser, set_lr
from wsss.training.photos import EpochBatches, TrainingPhotos, loader

TINY = ClassifierSettings(backbone="tf_efficientnet_lite0", weights="none", crop=32, long_side=(32, 48), epochs=3,
                          batch=4, optimiser="adamw", lr=1e-3)


def test_augmentation_depends_on_seed_epoch_and_photo_alone():
    photo = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    draws = [augment(photo, None, TINY, generator(*key))[0] for key in
             ((0, 0, "a"), (0, 0, "a"), (1, 0, "a"), (0, 1, "a"), (0, 0, "b"))]
    assert torch.equal(draws[0], draws[1])
    assert not any(torch.equal(draws[0], other) for other in draws[2:])


@pytest.mark.parametrize("size", [(20, 70), (70, 20), (9, 9), (64, 64)])
def test_photo_and_labels_stay_aligned(size):
    labels = np.zeros(size, np.uint8)
    labels[: size[0] // 2] = 7
    photo = np.repeat((labels * 30)[..., None], 3, axis=2)
    settings = TINY.model_copy(update={"jitter": 0.0, "crop": 48})
    for epoch in range(10):
        image, target = augment(photo, np.stack([labels, labels + 1]), settings, generator(0, epoch, "a"))
        assert image.shape == (3, 48, 48) and target.shape == (2, 48, 48)
        target, second = target
        assert torch.equal(second[target != IGNORE], target[target != IGNORE] + 1)
        inside = target != IGNORE
        agree = (image[0] > 105) == (target == 7)
        assert agree[inside].float().mean() > 0.9
        assert (torch.tensor(MEAN_COLOUR) == image[:, ~inside].T).all()


def test_labels_are_never_mixed_by_resizing():
    labels = np.random.default_rng(0).choice(np.array([0, 3, 255], np.uint8), (50, 50))
    _, target = augment(np.zeros((50, 50, 3), np.uint8), labels[None], TINY, generator(0, 0, "a"))
    assert set(target.unique().tolist()) <= {0, 3, 255}


def test_every_epoch_sees_each_photo_once_whatever_the_start():
    settings = TINY.model_copy(update={"batch": 5})
    keys = list(EpochBatches(20, settings))
    assert len(keys) == 12 and sorted(i for batch in keys[:4] for _, i in batch) == list(range(20))
    assert list(EpochBatches(20, settings, start=7)) == keys[7:]


def test_workers_change_nothing(index):
    photos = TrainingPhotos(index, index.split("train"), TINY)
    batches = EpochBatches(len(photos), TINY)
    for a, b in zip(loader(photos, batches, 0), loader(photos, batches, 2)):
        assert torch.equal(a["image"], b["image"]) and a["id"] == b["id"]


def test_tags_and_labels_of_a_batch(index):
    photo = index.split("train")[0]
    item = TrainingPhotos(index, [photo], TINY, lambda _: np.zeros((72, 96), np.uint8))[0, 0]
    assert (item["tags"].nonzero()[:, 0] + 1).tolist() == list(photo.tags)
    wrong = TrainingPhotos(index, [photo], TINY, lambda _: np.zeros((5, 5), np.uint8))
    with pytest.raises(UserError, match=photo.id):
        wrong[0, 0]


def test_groups_have_the_published_factors():
    task = Cam(TINY.model_copy(update={"optimiser": "sgd"}), 3)
    task.network.train()
    settings = TINY.model_copy(update={"optimiser": "sgd", "lr": 0.1})
    optimiser = make_optimiser(task.network, task.network.trunk, settings)
    assert [round(g["lr"] / 0.1) for g in optimiser.param_groups] == [1, 10]  # frozen norms hold every bias
    assert optimiser.param_groups[0]["momentum"] == 0.9
    slip = settings.model_copy(update={"optimiser": "sgd_published"})
    published = make_optimiser(task.network, task.network.trunk, slip)
    assert published.param_groups[0]["momentum"] == settings.weight_decay
    assert set_lr(optimiser, 5, 10, settings) == pytest.approx(0.1 * 0.5**0.9)


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


def test_resumed_training_is_the_unbroken_one(index, tmp_path):
    whole, history = run(index)
    run(index, tmp_path, stop=3)
    resumed, resumed_history = run(index, tmp_path)
    for a, b in zip(whole.network.state_dict().values(), resumed.network.state_dict().values()):
        assert torch.equal(a, b)
    assert history == resumed_history


def test_training_lowers_the_loss(index):
    changes = {"epochs": 12, "weights": "imagenet", "jitter": 0.0, "crop": 64, "long_side": (64, 96)}
    settings = TINY.model_copy(update=changes)
    task = Cam(settings, len(index.classes))
    history = train(task, TrainingPhotos(index, index.split("train"), settings), settings, Runtime())
    assert history[-1]["loss"] < 0.8 * history[0]["loss"]


def test_a_loss_that_is_not_finite_stops_with_step_rate_and_photos(index, monkeypatch):
    task = Cam(TINY, len(index.classes))
    before = {k: v.clone() for k, v in task.network.state_dict().items()}
    monkeypatch.setattr(task, "loss", lambda batch: (torch.tensor(float("nan"), requires_grad=True), {}))
    with pytest.raises(UserError, match=r"loss is nan at step 0 of 6 \(lr 0.001, photos train_"):
        train(task, TrainingPhotos(index, index.split("train"), TINY), TINY, Runtime())
    assert all(torch.equal(v, before[k]) for k, v in task.network.state_dict().items())
    assert loop.Runtime().checkpoint_minutes > 0


def test_no_photo_to_train_on_is_told(index):
    with pytest.raises(UserError, match="no photo to train on"):
        EpochBatches(0, TINY)
