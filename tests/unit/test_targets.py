"""Photos and targets stay aligned, whatever the dtype; augmentation is a pure function."""

import numpy as np
import pytest
import torch

from wsss.classify.settings import ClassifierSettings
from wsss.data.images import IGNORE
from wsss.run.errors import UserError
from wsss.training.augment import MEAN_COLOUR, augment, generator
from wsss.training.batches import EpochBatches, Key
from wsss.training.photos import TrainingPhotos, loader
from wsss.training.targets import Target, labels_target

TINY = ClassifierSettings(
    backbone="tf_efficientnet_lite0",
    weights="none",
    crop=48,
    long_side=(32, 64),
    batch=4,
    jitter=0.0,
)
LABELS = labels_target(lambda _: None)


def augment_target(photo, values, target=LABELS, epoch=0, settings=TINY):
    """The image and one target of a photo in an epoch."""
    rng = generator(0, epoch, "a")
    image, targets, _ = augment(photo, {"it": values}, {"it": target}, settings, rng)
    return image, targets["it"]


def test_augmentation_depends_only_on_seed_epoch_and_photo():
    photo = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    keys = ((0, 0, "a"), (0, 0, "a"), (1, 0, "a"), (0, 1, "a"), (0, 0, "b"))
    draws = [augment(photo, {}, {}, TINY, generator(*key))[0] for key in keys]
    assert torch.equal(draws[0], draws[1])
    assert not any(torch.equal(draws[0], other) for other in draws[2:])


@pytest.mark.parametrize("size", [(20, 70), (70, 20), (9, 9), (64, 64)])
def test_photo_and_labels_stay_aligned(size):
    labels = np.zeros(size, np.uint8)
    labels[: size[0] // 2] = 7
    photo = np.repeat((labels * 30)[..., None], 3, axis=2)
    for epoch in range(10):
        image, target = augment_target(photo, labels, epoch=epoch)
        assert image.shape == (3, 48, 48) and target.shape == (48, 48)
        inside = target != IGNORE
        agree = (image[0] > 105) == (target == 7)
        assert agree[inside].float().mean() > 0.9
        assert (torch.tensor(MEAN_COLOUR) == image[:, ~inside].T).all()


def test_labels_are_never_mixed_by_resizing():
    labels = np.random.default_rng(0).choice(np.array([0, 3, 255], np.uint8), (50, 50))
    _, target = augment_target(np.zeros((50, 50, 3), np.uint8), labels)
    assert set(target.unique().tolist()) <= {0, 3, 255}


@pytest.mark.parametrize(("dtype", "offset"), [(np.int32, 2**25 + 1), (np.int64, 2**40 + 1)])
def test_large_integer_targets_are_cropped_like_labels(dtype, offset):
    """float32, through which torch resizes, holds neither of these ids."""
    labels = np.random.default_rng(0).integers(0, 250, (37, 53)).astype(np.uint8)
    ids, photo = labels.astype(dtype) + offset, np.zeros((37, 53, 3), np.uint8)
    for epoch in range(5):
        _, small = augment_target(photo, labels, epoch=epoch)
        _, large = augment_target(photo, ids, Target(lambda _: None, -1), epoch=epoch)
        padding = small == IGNORE
        assert large.numpy().dtype == dtype and (large[padding] == -1).all()
        assert torch.equal(large[~padding] - offset, small[~padding].to(large.dtype))


def test_soft_labels_are_smoothed_and_padded():
    values = np.zeros((2, 40, 40), np.float32)
    values[0, :, :20], values[1, :, 20:] = 1, 1
    target = Target(lambda _: None, -1.0, "bilinear")
    settings = TINY.model_copy(update={"long_side": (30, 30)})
    _, soft = augment_target(np.zeros((40, 40, 3), np.uint8), values, target, settings=settings)
    inside = soft[0] >= 0
    assert soft.shape == (2, 48, 48) and soft.dtype == torch.float32
    assert inside.sum() == 30 * 30 and (soft[:, ~inside] == -1).all()
    assert torch.allclose(soft.sum(dim=0)[inside], torch.ones(900), atol=1e-5)
    assert ((soft[0] > 0) & (soft[0] < 1)).any()


def test_a_batch_has_each_target_in_its_own_dtype(index):
    photos = index.split("train")
    targets = {
        "superpixels": Target(lambda _: np.full((72, 96), 300, np.int32), -1),
        "depth": Target(lambda _: np.ones((72, 96), np.float32), 0.0, "bilinear"),
        "none": Target(lambda _: None, -2.0, dtype=np.float32, channels=3),
    }
    dataset = TrainingPhotos(index, photos, TINY, targets)
    batch = next(iter(loader(dataset, EpochBatches(len(photos), TINY), 0)))
    assert set(batch["superpixels"].unique().tolist()) <= {-1, 300}
    assert batch["superpixels"].dtype == torch.int32 and batch["depth"].dtype == torch.float32
    assert batch["none"].shape == (4, 3, 48, 48) and (batch["none"] == -2).all()
    assert set(batch) == {"image", "tags", "id", *targets}


def test_target_of_another_size_than_its_photo_is_refused(index):
    photo = index.split("train")[0]
    item = TrainingPhotos(index, [photo], TINY)[Key(0, 0)]
    assert (item["tags"].nonzero()[:, 0] + 1).tolist() == list(photo.tags)
    wrong = {"depth": Target(lambda _: np.zeros((3, 5, 6)), 0.0)}
    with pytest.raises(UserError, match=f"depth of photo {photo.id}: 6 x 5 pixels"):
        TrainingPhotos(index, [photo], TINY, wrong)[Key(0, 0)]
