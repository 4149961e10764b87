"""Scores by class over seeds, and losses by epoch as CSV."""

import csv

import pytest

from wsss.report.class_table import class_rows, class_table
from wsss.training.metrics import write_metrics


def test_classes_have_mean_and_deviation_over_seeds():
    seeds = [[{"cat": 40.0, "dog": None}, {"cat": 44.0, "dog": 10.0}], [], [{"cat": 50.0}]]
    first, last = class_rows(["a", "not run", "b|c"], seeds)
    assert first["seeds"] == 2 and first["classes"]["cat"]["mean"] == 42.0
    assert first["classes"]["cat"]["spread"] == pytest.approx(8**0.5)
    assert first["classes"]["dog"] == {"mean": 10.0, "spread": None}
    lines = class_table([first, last]).splitlines()
    assert lines[3] == "| class | a (2) | b\\|c (1) |"
    assert lines[5:] == ["| cat | 42.0 ± 2.8 | 50.0 |", "| dog | 10.0 |  |"]
    assert class_table([]) == "" and class_rows(["a"], [[]]) == []


def test_losses_are_a_line_for_each_epoch(tmp_path):
    history = [{"epoch": 0, "loss": 2.5}, {"epoch": 1, "loss": 1.5, "er": 0.5}]
    write_metrics(tmp_path / "m.csv", history[:1])
    write_metrics(tmp_path / "m.csv", history)
    with (tmp_path / "m.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {"epoch": "1", "loss": "2.5", "er": ""}
    assert rows[1] == {"epoch": "2", "loss": "1.5", "er": "0.5"}
