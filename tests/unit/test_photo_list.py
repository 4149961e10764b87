"""The score of a list of photos, against a scoring of these photos alone from their pixels."""

import json

import numpy as np
import pytest

from wsss.brought.photo_list import read_photo_list
from wsss.data.images import IGNORE
from wsss.report.experiment import columns_of, experiment_rows, experiment_table
from wsss.report.gains import ComparedRow, add_gains, add_list
from wsss.report.result import result_json, result_table
from wsss.report.row_figures import foreground_figures
from wsss.run.errors import UserError
from wsss.score.bootstrap import Counts, compare_paired, count_pixels, interval
from wsss.score.confusion import confusion, summary
from wsss.score.photo_list import score_counts, select_photos, summarise

NAMES = ("background", "cat", "dog", "fox")
PHOTOS = [f"p{n:02}" for n in range(30)]


def make_matrices(seed, undecided=0.0, right=0.6):
    """Photo -> confusion matrix of random labels; no photo has a fox."""
    rng, found = np.random.default_rng(seed), {}
    for photo in PHOTOS:
        truth = rng.choice([0, 1, 2, IGNORE], (8, 9), p=[0.6, 0.2, 0.1, 0.1])
        given = np.where(rng.random((8, 9)) < right, truth % IGNORE, rng.integers(0, 4, (8, 9)))
        given[rng.random((8, 9)) < undecided] = IGNORE
        found[photo] = confusion(given, truth, 4)
    return found


def make_counts(matrices, photos=PHOTOS):
    return Counts.of({photo: count_pixels(matrices[photo]) for photo in photos}, 4)


@pytest.mark.parametrize("seed", range(20))
def test_a_list_is_scored_as_its_photos_alone(seed):
    matrices = make_matrices(seed)
    rng = np.random.default_rng(seed)
    ids = rng.permutation(PHOTOS)[: rng.integers(1, 30)].tolist()
    found = score_counts(select_photos(make_counts(matrices), ids, "l.txt"), NAMES)
    alone = make_counts(matrices, sorted(ids))
    whole = summary(sum(matrices[photo] for photo in ids), NAMES)
    assert found == {**whole, "interval": interval(alone)}
    assert found["without_truth"] == ["fox"] and found["foreground"]["recall"] is not None


def test_the_whole_split_has_the_figures_of_the_split_in_any_order():
    counts = make_counts(make_matrices(0))
    chosen = select_photos(counts, PHOTOS[::-1], "l.txt")
    assert chosen.ids == counts.ids and np.array_equal(chosen.pixels, counts.pixels)
    assert interval(chosen) == interval(counts)


def test_pixels_without_a_prediction_leave_out_what_counts_do_not_say():
    matrix = sum(make_matrices(0, undecided=0.2).values())
    found, whole = summarise(count_pixels(matrix), NAMES), summary(matrix, NAMES)
    foreground = found.pop("foreground")
    right = whole.pop("foreground")["right_class"]
    assert found == whole and found["coverage"] < 100
    assert foreground == {
        "recall": None, "precision": None, "right_class": right, "background_bias": None
    }  # fmt: skip


def test_photos_without_true_pixels_have_no_score():
    counts = Counts.of({"a": np.zeros((3, 4), np.int64)}, 4)
    found, whole = score_counts(counts, NAMES), summary(np.zeros((4, 5), np.int64), NAMES)
    assert found == {**whole, "interval": None} and found["miou"] is None


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        (["p01", "q2", "q3"], r"photo 'q2', which is not among the 30 scored"),
        (["p01", "p02", "p01"], "photo 'p01' twice"),
        ([], "no photo"),
    ],
)
def test_wrong_lists_are_refused(ids, words):
    with pytest.raises(UserError, match=f"list l.txt has {words}"):
        select_photos(make_counts(make_matrices(0)), ids, "l.txt")


def test_lists_are_read_a_line_at_a_time(tmp_path):
    path = tmp_path / "l.txt"
    path.write_bytes(b"\xef\xbb\xbfa b\r\n\r\n  c\n")
    assert read_photo_list(path) == ("a b", "c")
    for content in (b"\xff\xfe\x00", None):
        path.write_bytes(content) if content else path.unlink()
        with pytest.raises(UserError, match=r"list .*l\.txt cannot be read"):
            read_photo_list(path)


def test_result_of_a_list_says_of_how_many_photos_it_is():
    figures = score_counts(select_photos(make_counts(make_matrices(1)), PHOTOS[:7], "l"), NAMES)
    part = {"split": "val", "images": 30}
    score = {"what": "labels", "split": "few", "part_of": part, "images": 7, **figures}
    head = {"recipe": "r", "dataset": "voc", "split": "few", "of": "predictions", "supervision": []}
    table = result_table(head, score, {}, {})
    assert table.startswith("voc few, 7 of the 30 photos of val, predictions of recipe r: mIoU ")
    assert "over 7 photos" in table and "% of its pixels found" in table
    assert result_json(head, score, {})["part_of"] == part


def make_row(name, against, matrices, seeds=1):
    """A row of an experiment on all photos, and the same row on the first ten."""
    counts = make_counts(matrices)
    score = {**summary(sum(matrices.values()), NAMES), "interval": interval(counts)}
    figures = [foreground_figures(score) for _ in range(seeds)]
    few = select_photos(counts, PHOTOS[:10], "l")
    whole = ComparedRow(name, against, None, figures, [counts] * seeds)
    return whole, ComparedRow(name, against, None, figures, [few] * seeds)


def test_rows_of_experiments_have_columns_for_a_list():
    rows = [make_row("plain", None, make_matrices(0, right=0.5)), make_row("better", "plain",
            make_matrices(1, right=0.7), seeds=2)]  # fmt: skip
    add_gains([whole for whole, _ in rows])
    add_list([few for _, few in rows], "few")
    seeds = [whole.seeds for whole, _ in rows]
    columns = columns_of("foreground", ["few"])
    found = experiment_rows(columns, ["plain", "better"], seeds)
    twin = compare_paired(rows[0][1].counts[0], rows[1][1].counts[0])
    assert found[0]["mean"]["few.miou"] == twin.first and found[0]["mean"]["few.gain"] is None
    assert found[1]["mean"]["few.miou"] == twin.second
    assert [found[1]["mean"][f"few.{key}"] for key in ("gain", "gain_low", "gain_high")] == [
        twin.difference, *twin.interval
    ]  # fmt: skip
    assert found[1]["mean"]["gain"] != twin.difference
    table = experiment_table(columns, "about", "", found)
    assert "| % of the ceiling | mIoU on few | gain on few | 95 % from | to |\n" in table
    plain = [{key: value for key, value in run.items() if "." not in key} for run in seeds[0]]
    assert "few" not in json.dumps(experiment_rows(columns_of("foreground"), ["plain"], [plain]))


def test_rows_that_were_not_scored_on_a_list_have_empty_cells():
    _, few = make_row("plain", None, make_matrices(0))
    unscored = ComparedRow("labels", None, None, [{}], [])
    other = make_row("over labels", "labels", make_matrices(1))[1]
    add_list([few, unscored, other], "few")
    assert unscored.seeds[0] == {} and "few.gain" not in other.seeds[0]
    assert "few.miou" in other.seeds[0] and "few.miou" in few.seeds[0]
