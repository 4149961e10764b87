"""All shards of an artifact are one word of a command line, and the same words again in the
stage.
"""

import pytest

from wsss.run.shard_words import fold_shards, unfold_shards


def shards(count, ending="", before="work/x/labels/train"):
    return [f"{before}/{k}-of-{count}{ending}" for k in range(count)]


@pytest.mark.parametrize("ending", ["", ".h5", "=no record; or half of it, 1-of-2"])
def test_all_shards_are_folded_into_one_argument(ending):
    words = ["--maps", *shards(12, ending), "--out", "y.json"]
    assert len(fold_shards(words)) == 4 and unfold_shards(fold_shards(words)) == words


def test_artifacts_with_different_names_are_folded_separately():
    words = (
        [f"a={path}" for path in shards(3)]
        + [f"b={path}" for path in shards(3)]
        + shards(3, before="work/y")
    )
    assert len(fold_shards(words)) == 3 and unfold_shards(fold_shards(words)) == words


@pytest.mark.parametrize(
    "words",
    [
        shards(3)[:2],
        shards(3)[::-1],
        shards(1),
        ["work/0-of-2/x", "work/1-of-2/x"],
        ['{"folder": "x/0-of-2/y"}'],
        ["x" * 5000],
        [],
    ],
)
def test_incomplete_shards_are_not_folded(words):
    assert fold_shards(words) == words and unfold_shards(words) == words


def test_existing_file_with_a_folded_name_is_not_unfolded(tmp_path):
    path = tmp_path / "all-of-2"
    path.mkdir()
    assert unfold_shards([str(path)]) == [str(path)]
