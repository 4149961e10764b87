"""The table of all recipes: two rows of it are run, then a third one is added."""

import pytest

from tests.conftest import VOC
from tests.dag.runs import copy_project, make, plan_jobs, read_json

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(VOC is not None, reason="reads the files of the synthetic dataset"),
]
TABLE, ONE = "results/claims/mini_results", "shards=1"


def test_rows_are_run_one_after_another_and_none_twice(tmp_path):
    project = copy_project(tmp_path)
    ended = make(project, "results_table", config=["claims_rows=2", ONE])
    assert f"made: {TABLE}.md" in ended.stderr
    cam, default, full, *_ = read_json(project / f"{TABLE}.json")["rows"]
    assert (cam["mean"]["trainings"], default["mean"]["trainings"]) == (2, 4)
    for row in (cam, default):
        assert row["known"] == "tags" and 0 <= row["mean"]["miou"] <= 100
        assert row["mean"]["maps"] is not None and row["mean"]["labels"] is not None
        assert row["mean"]["minutes"] > 0 and row["mean"]["share"] is None
        assert (row["mean"]["photos_train"], row["mean"]["photos_val"]) == (12, 6)
    gain = default["mean"]["miou"] - cam["mean"]["miou"]
    assert default["mean"]["cam.gain"] == pytest.approx(gain, abs=0.002)
    assert full["left_out"] == "give a claims_rows above 2, or none" and full["seeds"] == 0
    assert "| full | masks | – | – | not run |" in (project / f"{TABLE}.md").read_text()
    assert plan_jobs(project, "claims_rows=2", ONE, target="results_table") == {}
    more = plan_jobs(project, "claims_rows=3", ONE, target="results_table")
    assert more["train_segmenter"] == more["claims_results"] == 1
    assert "train_classifier" not in more
