"""Average precision, the consistency of maps, and experiments made of rows and seeds."""

import json
import shutil

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.conftest import PROJECT
from tests.unit.test_settings import DEFAULT
from wsss.plan.experiment_jobs import ExperimentJobs
from wsss.plan.plan import Plan
from wsss.plan.scores import ScoreJobs
from wsss.report.experiment import classifier_figures as figures
from wsss.report.experiment import (
    experiment_rows,
    experiment_table,
    grow_figures,
)
from wsss.run.errors import UserError
from wsss.score.consistency import inconsistency
from wsss.score.consistency_settings import ConsistencySettings
from wsss.score.ranking import average_precision


@pytest.mark.parametrize(
    ("scores", "truth", "expected"),
    [
        ([0.9, 0.8, 0.1], [1, 1, 0], 100.0),
        ([0.9, 0.8, 0.1], [0, 0, 1], 100 / 3),
        ([0.9, 0.8, 0.7, 0.1], [1, 0, 1, 0], 100 * (1 + 2 / 3) / 2),
        ([0.5, 0.5], [0, 0], None),
    ],
)
def test_average_precision_by_hand(scores, truth, expected):
    got = average_precision(np.array(scores), np.array(truth))
    assert got == (expected if expected is None else pytest.approx(expected))


def test_average_precision_is_the_mean_precision_at_every_hit():
    rng = np.random.default_rng(0)
    scores, truth = rng.random(50), rng.random(50) < 0.3
    precisions = [truth[scores >= s].mean() for s in scores[truth]]
    assert average_precision(scores, truth) == pytest.approx(100 * np.mean(precisions))


def test_maps_that_follow_the_photo_are_consistent():
    image = torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(0))
    image = F.interpolate(
        F.interpolate(image, (4, 6)), (32, 48), mode="bilinear"
    )  # smooth: rescaling loses little
    settings = ConsistencySettings(precision="float32")

    def follows(view):
        return F.avg_pool2d(view, 4)

    def sees_where(view):  # answers by the place in the frame, whatever is there
        h, w = view.shape[2] // 4, view.shape[3] // 4
        return torch.linspace(0, 1, w).expand(1, 3, h, w)

    assert inconsistency(image, [0, 2], settings, follows) < 0.06
    flipped = ConsistencySettings(precision="float32", scales=(1.0,))
    x = np.linspace(0, 1, 12)
    assert inconsistency(image, [1], flipped, sees_where) == pytest.approx(
        np.abs(x - x[::-1]).mean() / 2, abs=1e-3
    )


PLAN = Plan({**DEFAULT, "dataset": "mini"})


@pytest.mark.parametrize("name", PLAN.experiments)
def test_experiments_resolve_to_a_chain_for_each_seed(name):
    experiment = PLAN.experiment(name)
    assert experiment.about and len({row.name for row in experiment.rows}) == len(experiment.rows)
    for row, chains in zip(experiment.rows, PLAN.rows(name)):
        assert len(chains) == row.seeds and {chain.steps[-1].name for chain in chains} == {
            row.stage
        }
        assert [chain.step("classifier").settings["seed"] for chain in chains] == list(
            range(row.seeds)
        )
        assert len({chain.steps[-1].folder for chain in chains}) == row.seeds


def rows_of(tmp_path, *rows):
    """The chains of the first seed of rows, given as YAML."""
    shutil.copytree(PROJECT / "recipes", tmp_path / "recipes", dirs_exist_ok=True)
    (tmp_path / "experiments").mkdir(exist_ok=True)
    text = "about: odd\nbeside: nothing\nrows:\n" + "".join(f"  - {row}\n" for row in rows)
    (tmp_path / "experiments" / "odd.yaml").write_text(text)
    plan = Plan({**DEFAULT, "dataset": "mini"}, root=tmp_path)
    return [chains[0] for chains in plan.rows("odd")]


def test_a_row_changes_what_it_says_and_shares_the_rest(tmp_path):
    plain, longer, shorter = rows_of(
        tmp_path,
        "{name: a, recipe: seam, stage: refine}",
        "{name: b, recipe: seam, stage: cams, epochs: 1.5, settings: {classifier: {seam: {ecr: "
        "0}}}}",
        "{name: d, recipe: dsrg, stage: predict, chain: {grow: sec, labels: null, segmenter: "
        "null}}",
    )
    first, second = longer.step("classifier").settings, plain.step("classifier").settings
    assert first["epochs"] == 12 and first["ecr"] == 0 and second["ecr"] == 1
    assert plain.step("cams").settings == longer.step("cams").settings
    assert [step.method for step in shorter.steps[-3:]] == ["sec", "segmentation_maps", "predict"]
    with pytest.raises(UserError, match=r"row 'e'.*'sek'.*did you mean 'sec'"):
        rows_of(tmp_path, "{name: e, recipe: dsrg, stage: predict, chain: {grow: sek}}")
    with pytest.raises(UserError, match=r"no step 'walks'.*walk"):
        rows_of(tmp_path, "{name: c, recipe: seam, stage: walks}")


def test_table_of_an_experiment():
    score = {
        "miou": 30.0,
        "precision": 40.0,
        "recall": 50.0,
        "oracle": {"miou": 35.0, "threshold": 0.4},
    }
    classifier = {
        "map": 80.0,
        "inconsistency": {"raw": 0.1, "refined": 0.05},
        "grid_of_last_photo": [18, 24],
    }
    one = figures(classifier, score)
    other = figures(classifier, {**score, "oracle": {"miou": 37.0, "threshold": 0.5}})
    assert figures(classifier)["oracle"] is None and figures(classifier)["map"] == 80.0
    rows = experiment_rows("classifier", ["plain", "new"], [[one, other], [one]])
    assert rows[0]["mean"]["oracle"] == 36.0 and rows[0]["spread"]["oracle"] == pytest.approx(
        2**0.5
    )
    assert rows[1]["spread"]["oracle"] is None
    table = experiment_table("classifier", "about", "47 to 55", rows)
    assert "| plain | 2 | 36.0 ± 1.4 |" in table and "| new | 1 | 35.0 |" in table
    json.dumps(rows)
    history = [
        {"supervised": 0.3, "supervision_precision": 60.0, "supervision_recall": 30.0},
        {"supervised": 0.8},
    ]
    grown = grow_figures({"history": history}, {"miou": 40.0})
    assert (
        grown["precision_first"] == 60 and grown["precision"] is None and grown["supervised"] == 80
    )
    assert "| new | 1 | 40.0 | 60.0 |  | 30.0 |  | 80.0 |" in experiment_table(
        "grow", "about", "", experiment_rows("grow", ["new"], [[grown]])
    )


@pytest.mark.parametrize("name", PLAN.experiments)
def test_a_choice_trains_on_fit_and_looks_at_tune_only(name):
    found = ExperimentJobs(PLAN, ScoreJobs(PLAN)).table(name).inputs["scores"]
    splits = {step.split for chains in PLAN.rows(name) for chain in chains for step in chain}
    if PLAN.experiment(name).choice:
        assert splits == {"fit"}
        assert all(one.path.endswith(("-tune.json", "model.safetensors")) for one in found)
    else:
        assert splits == {"train"}
        assert any(one.path.endswith(("-train.json", "-val.json")) for one in found)
