"""Partners with the leader's tags, against a search through all photos."""

import numpy as np
import pytest

from wsss.classify.settings import ClassifierSettings
from wsss.data.index import Photo
from wsss.training.batches import GroupBatches
from wsss.training.partners import SameTags
from wsss.training.ranks import Ranks

SETTINGS = ClassifierSettings(batch=7, epochs=3)
TAGS = [(1,), (2, 1), (1, 2), (1,), (3,), (), (1, 2), (2,), (2, 4), (4,), (5, 6), (1,)]
PHOTOS = [Photo(f"p{k}", f"p{k}.jpg", tags) for k, tags in enumerate(TAGS)]


def make_batches(size, **more):
    """Batches of groups whose partners have the leader's tags."""
    return GroupBatches(PHOTOS, size, SETTINGS, partners=SameTags(PHOTOS), **more)


def find_groups(size):
    """(leader, partners) of every group of all epochs."""
    found = []
    for batch in make_batches(size):
        for group in sorted({key.group for key in batch}):
            photos = [key.photo for key in batch if key.group == group]
            found.append((photos[0], photos[1:]))
    return found


def search(leader):
    """The photos with the leader's tags, and those that share one of its classes."""
    tags = set(TAGS[leader])
    equal, sharing = set(), set()
    for other in range(len(TAGS)):
        if other != leader and tags & set(TAGS[other]):
            sharing.add(other)
            if tags == set(TAGS[other]):
                equal.add(other)
    return equal, sharing


@pytest.mark.parametrize("size", [1, 2, 3, 4, 20])
def test_partners_have_the_tags_then_share_a_class_then_are_the_leader(size):
    groups = find_groups(size)
    assert len(groups) == len(PHOTOS) * SETTINGS.epochs
    for leader, partners in groups:
        equal, sharing = search(leader)
        others = [photo for photo in partners if photo != leader]
        assert len(partners) == size - 1
        assert len(others) == len(set(others)) == min(size - 1, len(sharing))
        assert set(others) <= sharing
        assert len(equal & set(others)) == min(size - 1, len(equal))


def test_draws_differ_between_epochs_and_depend_on_the_seed_alone():
    steps = list(make_batches(3))
    assert steps == list(make_batches(3))
    partners = {tuple(others) for leader, others in find_groups(3) if leader == 0}
    assert len(partners) > 1
    assert list(make_batches(3, start=5)) == steps[5:]


def test_processes_share_the_groups_of_a_batch():
    whole = list(make_batches(3))
    first, second = (list(make_batches(3, ranks=Ranks(k, 2))) for k in range(2))
    for batch, one, two in zip(whole, first, second, strict=True):
        photos = [key.photo for key in batch]
        assert [photos[:3], photos[3:]] == [[k.photo for k in one], [k.photo for k in two]]


def test_photos_that_lack_partners_are_counted_and_the_first_is_named():
    rule = SameTags(PHOTOS)
    for count in (0, 1, 2, 3, 6, 30):
        assert rule.lacking(count) == [i for i in range(12) if len(search(i)[1]) < count]
    assert rule.account(0) == ""
    assert rule.account(1) == (
        "photos that share a class with fewer than 1 others: 3 of 12; the first is p4; each "
        "stands in for its missing partners"
    )


def test_order_of_tags_and_photos_with_repeated_tags_do_not_matter():
    photos = [Photo("a", "a.jpg", (1, 2)), Photo("b", "b.jpg", (2, 1)), Photo("c", "c.jpg", (1,))]
    drawn = SameTags(photos).draw(0, 1, np.random.default_rng(0))
    assert drawn == [1]
