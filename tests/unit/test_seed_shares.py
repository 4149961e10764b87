"""Thresholds of seeds by shares of the area, against a search through all thresholds."""

import numpy as np
import pytest
from pydantic import ValidationError

from wsss.data.maps import ScoreMap
from wsss.run.errors import UserError
from wsss.seeds.settings import SeedSettings
from wsss.seeds.shares import find_thresholds
from wsss.seeds.shares_settings import ShareSettings
from wsss.seeds.threshold_file import Thresholds, read_thresholds, write_thresholds


def make_map(rng, labels, kind="cam", steep=1.0, cells=(6, 7)):
    """A map of random scores, with a background first if it is of the kind `prob`."""
    scores = rng.random((len(labels), *cells)) ** steep
    return ScoreMap(kind, np.array(labels), scores.astype(np.float32), (60, 70))


def search_thresholds(maps, foreground, background):
    """By definition: of 0, 0.01 .. 1, the highest with that share above, the lowest with that share
    below, but no higher.
    """
    strongest = []
    for item in maps:
        scores = [s / s.max() for s, label in zip(item.scores, item.labels) if label]
        if scores:
            strongest.append(np.max(scores, axis=0))
    grid = [n / 100 for n in range(101)]
    above = {t: np.mean([np.mean(s > np.float32(t)) for s in strongest]) for t in grid}
    below = {t: np.mean([np.mean(s < np.float32(t)) for s in strongest]) for t in grid}
    highest = max((t for t in grid if above[t] >= foreground), default=0)
    return highest, min([t for t in grid if below[t] >= background] + [highest])


@pytest.mark.parametrize("steep", [0.3, 1.0, 4.0])
@pytest.mark.parametrize(("foreground", "background"), [(0.24, 0.33), (0.5, 0.5), (0.02, 0.9)])
def test_thresholds_are_those_of_a_search(steep, foreground, background):
    rng = np.random.default_rng(3)
    maps = [make_map(rng, [1, 4], steep=steep), make_map(rng, [2], steep=steep, cells=(9, 4))]
    maps += [make_map(rng, [0, 3], "prob", steep), make_map(rng, [])]
    settings = ShareSettings(foreground=foreground, background=background)
    found = find_thresholds(maps, settings)
    above, below = search_thresholds(maps, foreground, background)
    assert found == Thresholds(above, below, 3)


def test_a_small_photo_counts_as_much_as_a_large_one():
    rng = np.random.default_rng(0)
    small = make_map(rng, [1], cells=(2, 2))
    small.scores[:] = 1
    large = make_map(rng, [1], steep=9, cells=(50, 50))
    half = find_thresholds([small, large], ShareSettings(foreground=0.49, background=0.1))
    assert half.foreground == 0.99 and half.photos == 2
    more = find_thresholds([small, large], ShareSettings(foreground=0.51, background=0.1))
    assert more.foreground < 0.99


def test_many_cells_of_score_0_still_are_background():
    item = make_map(np.random.default_rng(0), [1], cells=(10, 10))
    item.scores[:, :6] = 0
    assert find_thresholds([item], ShareSettings(background=0.31)).background == 0.01


def test_a_constant_map_gives_no_background():
    item = make_map(np.random.default_rng(0), [1])
    item.scores[:] = 1
    assert find_thresholds([item], ShareSettings())[:2] == (0.99, 0.99)
    item.scores[:] = 0
    assert find_thresholds([item], ShareSettings())[:2] == (0, 0)


def test_photos_without_a_class_are_refused_together():
    with pytest.raises(UserError, match="no photo has a class in its map"):
        find_thresholds([make_map(np.random.default_rng(0), [])], ShareSettings())


def test_shares_of_more_than_the_area_are_refused():
    with pytest.raises(ValidationError, match="shares of one area; lower one"):
        ShareSettings(foreground=0.6, background=0.5)


def test_found_thresholds_replace_those_of_the_settings(tmp_path):
    write_thresholds(tmp_path / "t.json", Thresholds(0.6, 0.1, 9))
    found = read_thresholds(tmp_path / "t.json")
    settings = SeedSettings(foreground=0.2, background=0.06, conflict="none")
    without, with_saliency = (found.replace_in(settings, known) for known in (False, True))
    assert (without.foreground, without.background) == (0.6, 0.1)
    assert (with_saliency.foreground, with_saliency.background) == (0.6, 0.06)
    assert without.conflict == with_saliency.conflict == "none"


def test_thresholds_outside_of_the_scores_are_refused(tmp_path):
    (tmp_path / "t.json").write_text('{"foreground": 1.5, "background": 0.1, "photos": 3}')
    with pytest.raises(UserError, match="are not in 0"):
        read_thresholds(tmp_path / "t.json")
