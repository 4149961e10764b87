"""The table of an experiment: figures of its rows, with mean and spread over seeds."""

import json

import pytest

from wsss.report.experiment import (
    classifier_figures,
    experiment_rows,
    experiment_table,
    grow_figures,
)

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
    rows = experiment_rows("classifier", ["plain", "new"], [[one, other], [one]])
    assert rows[0]["mean"]["oracle"] == 36.0
    assert rows[0]["spread"]["oracle"] == pytest.approx(2**0.5)
    assert rows[1]["spread"]["oracle"] is None
    table = experiment_table("classifier", "about", "47 to 55", rows)
    assert "| plain | 2 | 36.0 ± 1.4 |" in table and "| new | 1 | 35.0 |" in table
    assert json.loads(json.dumps(rows)) == rows


def test_rows_of_networks_on_seeds_show_their_supervision():
    first = {"supervised": 0.3, "supervision_precision": 60.0, "supervision_recall": 30.0}
    grown = grow_figures({"history": [first, {"supervised": 0.8}]}, {"miou": 40.0})
    assert grown["precision_first"] == 60 and grown["precision"] is None
    assert grown["supervised"] == 80
    rows = experiment_rows("grow", ["new"], [[grown]])
    table = experiment_table("grow", "about", "", rows)
    assert "| new | 1 | 40.0 | 60.0 |  | 30.0 |  | 80.0 |" in table
