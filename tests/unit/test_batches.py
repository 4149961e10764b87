"""Which photos a step sees: each once an epoch, alone or leading a group, from any step on."""

import pytest
import torch

from wsss.classify.settings import ClassifierSettings
from wsss.data.index import Photo
from wsss.run.errors import UserError
from wsss.training.batches import EpochBatches, GroupBatches
from wsss.training.loop import train
from wsss.training.photos import TrainingPhotos, loader
from wsss.training.process import Runtime
from wsss.training.ranks import Ranks

TINY = ClassifierSettings(
    backbone="tf_efficientnet_lite0", weights="none", crop=32, long_side=(32, 48), epochs=3, batch=6
)
TAGS = [(1,), (1, 2), (2,), (1,), (3,), (), (1, 2), (2,), (2, 4)]
PHOTOS = [Photo(f"p{k}", f"p{k}.jpg", tags) for k, tags in enumerate(TAGS)]


def find_groups(batch):
    """The photos of each group of a batch, the leader first."""
    found = {}
    for key in batch:
        found.setdefault(key.group, []).append(key.photo)
    return list(found.values())


def test_every_epoch_has_each_photo_once_from_any_start():
    settings = TINY.model_copy(update={"batch": 5})
    keys = list(EpochBatches(20, settings))
    seen = sorted(key.photo for batch in keys[:4] for key in batch)
    assert len(keys) == 12 and seen == list(range(20))
    assert list(EpochBatches(20, settings, start=7)) == keys[7:]


def test_training_without_photos_is_refused():
    for make in (lambda: EpochBatches(0, TINY), lambda: GroupBatches([], 2, TINY)):
        with pytest.raises(UserError, match="no photo to train on"):
            make()


def test_each_photo_leads_one_group_an_epoch():
    batches = GroupBatches(PHOTOS, 2, TINY)
    steps = list(batches)
    assert len(steps) == batches.per_epoch * TINY.epochs == 9
    for epoch in range(TINY.epochs):
        of_epoch = steps[epoch * 3 : (epoch + 1) * 3]
        leaders = [group[0] for batch in of_epoch for group in find_groups(batch)]
        assert sorted(leaders) == list(range(len(PHOTOS)))
    orders = [[key.photo for batch in steps[k : k + 3] for key in batch] for k in (0, 3, 6)]
    assert orders[0] != orders[1] != orders[2]


@pytest.mark.parametrize("size", [2, 3, 5])
def test_the_photos_of_a_group_share_a_tag(size):
    partners = set()
    for batch in GroupBatches(PHOTOS, size, TINY):
        for leader, *others in find_groups(batch):
            assert len(others) == size - 1
            alone = TAGS[leader] in ((3,), ())
            assert set(others) == {leader} if alone else leader not in others
            assert alone or set.intersection(*(set(TAGS[i]) for i in (leader, *others)))
            partners |= set(others) - {leader}
    assert len(partners) > 4


def test_groups_are_repeatable_from_any_step():
    steps = list(GroupBatches(PHOTOS, 3, TINY))
    assert steps == list(GroupBatches(PHOTOS, 3, TINY))
    assert list(GroupBatches(PHOTOS, 3, TINY, start=4)) == steps[4:]
    other = TINY.model_copy(update={"seed": 1})
    assert list(GroupBatches(PHOTOS, 3, other)) != steps


def test_photos_that_share_no_tag_are_their_own_partners():
    alone = [Photo(f"p{k}", f"p{k}.jpg", (k + 1,)) for k in range(4)]
    for batch in GroupBatches(alone, 2, TINY):
        assert all(leader == other for leader, other in find_groups(batch))


def test_groups_are_not_split_between_processes():
    settings = TINY.model_copy(update={"batch": 8})
    whole = list(GroupBatches(PHOTOS, 2, settings))
    shares = [list(GroupBatches(PHOTOS, 2, settings, ranks=Ranks(k, 2))) for k in range(2)]
    for batch, first, second in zip(whole, *shares, strict=True):
        assert len(first) == len(second)
        assert {key.group for key in first} == set(range(len(first) // 2))
        both = find_groups(first) + find_groups(second)
        assert all(group in both for group in find_groups(batch))
    with pytest.raises(UserError, match="3 groups of 2 photos, which cannot be split among 2"):
        GroupBatches(PHOTOS, 2, TINY, ranks=Ranks(0, 2))


def test_batch_of_groups_is_flat_with_different_crops(index):
    photos = index.split("train")[:1]
    dataset = TrainingPhotos(index, photos, TINY)
    batch = next(iter(loader(dataset, GroupBatches(photos, 3, TINY), 0)))
    assert batch["group"].tolist() == [0, 0, 0] and batch["group"].dtype == torch.int64
    assert batch["image"].shape == (3, 3, 32, 32)
    assert not torch.equal(batch["image"][0], batch["image"][1])


class Pairs:
    """A task that trains on pairs and keeps what it was given."""

    def __init__(self):
        self.network = torch.nn.Module()
        self.network.trunk = torch.nn.Conv2d(3, 1, 1)
        self.seen = []

    def batches(self, photos, settings, start, ranks):
        return GroupBatches(photos.photos, 2, settings, start, ranks)

    def loss(self, batch):
        self.seen.append(batch["group"].tolist())
        return self.network.trunk(batch["image"]).mean(), {}


def test_training_uses_the_batches_of_the_task(index):
    task, photos = Pairs(), index.split("train")
    history = train(task, TrainingPhotos(index, photos, TINY), TINY, Runtime())
    assert task.seen == 3 * [[0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2], [0, 0, 1, 1]]
    assert [row["epoch"] for row in history] == [0, 1, 2]


def test_few_photos_make_one_batch_that_processes_can_split():
    settings = ClassifierSettings(batch=8, epochs=1)
    sizes = [EpochBatches(photos, settings, ranks=Ranks(0, 2)).batch for photos in (8, 7, 5, 1)]
    assert sizes == [8, 6, 4, 1]
    assert EpochBatches(5, settings).batch == 5
