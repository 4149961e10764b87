"""The table of an experiment: figures of its rows, with mean and spread over seeds."""

import json

import numpy as np
import pytest

from wsss.report.experiment import columns_of, experiment_rows, experiment_table
from wsss.report.gains import ComparedRow, add_gains
from wsss.report.row_figures import classifier_figures, foreground_figures, grow_figures
from wsss.score.bootstrap import Counts, compare_paired, miou

SCORE = {
    "miou": 30.0,
    "precision": 40.0,
    "recall": 50.0,
    "oracle": {"miou": 35.0, "threshold": 0.4},
}
CLASSIFIER = {
    "map": 80.0,
    "inconsistency": {"raw": 0.1, "refined": 0.05},
    "grid_of_last_photo": [18, 24],
}


def test_classifier_without_a_score_has_no_oracle():
    figures = classifier_figures(CLASSIFIER)
    assert figures["oracle"] is None and figures["map"] == 80.0


def test_rows_have_mean_and_spread_over_seeds():
    one = classifier_figures(CLASSIFIER, SCORE)
    better = {**SCORE, "oracle": {"miou": 37.0, "threshold": 0.5}}
    other = classifier_figures(CLASSIFIER, better)
    rows = experiment_rows(columns_of("classifier"), ["plain", "new"], [[one, other], [one]])
    assert rows[0]["mean"]["oracle"] == 36.0
    assert rows[0]["spread"]["oracle"] == pytest.approx(2**0.5)
    assert rows[1]["spread"]["oracle"] is None
    table = experiment_table(columns_of("classifier"), "about", "47 to 55", rows)
    assert "| plain | 2 | 36.0 ± 1.4 |" in table and "| new | 1 | 35.0 |" in table
    assert json.loads(json.dumps(rows)) == rows


def test_rows_of_networks_on_seeds_show_their_supervision():
    first = {"supervised": 0.3, "supervision_precision": 60.0, "supervision_recall": 30.0}
    grown = grow_figures({"history": [first, {"supervised": 0.8}]}, {"miou": 40.0})
    assert grown["precision_first"] == 60 and grown["precision"] is None
    assert grown["supervised"] == 80
    rows = experiment_rows(columns_of("grow"), ["new"], [[grown]])
    table = experiment_table(columns_of("grow"), "about", "", rows)
    assert "| new | 1 | 40.0 | 60.0 |  | 30.0 |  | 80.0 |" in table


def make_counts(hits):
    """Counts of photos with two labels, 10 true pixels each, of which `hits` are right."""
    rows = {}
    for photo, (background, cat) in enumerate(hits):
        given = [background + 10 - cat, cat + 10 - background]
        rows[str(photo)] = np.array([[background, cat], [10, 10], given])
    return Counts.of(rows, 2)


def make_figures(counts):
    foreground = {"recall": 60.0, "precision": 70.0, "background_bias": 5.0}
    score = {"miou": float(miou(counts.pixels.sum(axis=0)[None])[0]), "interval": (1.0, 2.0)}
    return foreground_figures({**score, "foreground": foreground})


def test_gains_are_over_the_same_seed_and_shares_of_the_ceiling():
    plain = make_counts([(9, 4), (8, 5), (9, 6)])
    full = make_counts([(10, 9), (9, 9), (10, 8)])
    better = [make_counts([(9, 6), (8, 7), (9, 7)]), make_counts([(9, 5), (8, 6), (9, 6)])]
    rows = [
        ComparedRow("plain", None, "full", [make_figures(plain)], [plain]),
        ComparedRow("full", None, None, [make_figures(full)], [full]),
        ComparedRow("better", "plain", "full", [*map(make_figures, better)], better),
    ]
    add_gains(rows)
    for seed in (0, 1):
        figures, twin = rows[2].seeds[seed], compare_paired(plain, better[seed])
        assert figures["gain"] == twin.difference > 0
        assert (figures["gain_low"], figures["gain_high"]) == twin.interval
        assert figures["share"] == pytest.approx(
            100 * twin.second / make_figures(full)["miou"], abs=0.01
        )
    assert "gain" not in rows[0].seeds[0] and "share" not in rows[1].seeds[0]
    names, seeds = ["plain", "later"], [rows[0].seeds, []]
    columns = columns_of("foreground")
    table = experiment_table(columns, "", "", experiment_rows(columns, names, seeds))
    assert "| plain | 1 | " in table and "|  |  |  | " in table
    assert "| later | not run | " in table


def test_row_is_not_compared_with_one_that_was_not_run():
    counts = make_counts([(9, 4), (8, 5)])
    row = ComparedRow("row", "later", "full", [make_figures(counts)], [counts])
    add_gains(
        [row, ComparedRow("later", None, None, [], []), ComparedRow("full", *[None] * 2, [], [])]
    )
    assert not {"gain", "share"} & set(row.seeds[0])
