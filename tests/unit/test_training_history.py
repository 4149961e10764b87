"""What masks say of a training lies beside the model and is read with its loss curve."""

import json

import pytest

from wsss.nets.history import forget_measured, read_history, write_measured
from wsss.run.errors import UserError

LOSSES = [{"epoch": 0, "loss": 2.0}, {"epoch": 1, "loss": 1.0}]


@pytest.fixture
def model(tmp_path):
    (tmp_path / "m.json").write_text(json.dumps({"history": LOSSES}))
    return tmp_path / "m"


def test_measured_rows_join_the_history_by_epoch(model):
    assert read_history(model) == LOSSES
    write_measured(model, [{"epoch": 1, "supervision_miou": 30.0}])
    assert read_history(model) == [LOSSES[0], {**LOSSES[1], "supervision_miou": 30.0}]
    forget_measured(model)
    assert read_history(model) == LOSSES


def test_empty_measurements_write_no_file(model, tmp_path):
    write_measured(model, [])
    assert [path.name for path in tmp_path.iterdir()] == ["m.json"]


def test_damaged_measurements_are_refused_by_name(model, tmp_path):
    (tmp_path / "m.measured.json").write_text("{")
    with pytest.raises(UserError, match=r"m\.measured\.json cannot be read"):
        read_history(model)
