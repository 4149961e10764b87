"""Average precision, the consistency of maps, and experiments made of rows and seeds."""

import json
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.conftest import HOUSE
from tests.unit.test_settings import DEFAULT
from wsss.plan.experiments import Row, read_experiment, row_chains
from wsss.plan.workflow import Plan
from wsss.report.experiment import classifier_figures as figures
from wsss.report.experiment import (
    cost_figures,
    experiment_rows,
    experiment_table,
    grow_figures,
    map_figures,
    sure_figures,
)
from wsss.run.errors import UserError
from wsss.score.consistency import inconsistency
from wsss.score.consistency_settings import ConsistencySettings
from wsss.score.ranking import average_precision


@pytest.mark.parametrize(("scores", "truth", "expected"), [
    ([0.9, 0.8, 0.1], [1, 1, 0], 100.0),
    ([0.9, 0.8, 0.1], [0, 0, 1], 100 / 3),
    ([0.9, 0.8, 0.7, 0.1], [1, 0, 1, 0], 100 * (1 + 2 / 3) / 2),
    ([0.5, 0.5], [0, 0], None),
])
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
    image = F.interpolate(F.interpolate(image, (4, 6)), (32, 48), mode="bilinear")  # smooth: rescaling loses little
    settings = ConsistencySettings(precision="float32")

    def follows(view):
        return F.avg_pool2d(view, 4)

    def sees_where(view):  # answers by the place in the frame, whatever is there
        h, w = view.shape[2] // 4, view.shape[3] // 4
        return torch.linspace(0, 1, w).expand(1, 3, h, w)

    assert inconsistency(image, [0, 2], settings, follows) < 0.06
    flipped = ConsistencySettings(precision="float32", scales=(1.0,))
    x = np.linspace(0, 1, 12)
    assert inconsistency(image, [1], flipped, sees_where) == pytest.approx(np.abs(x - x[::-1]).mean() / 2, abs=1e-3)


def test_experiments_resolve_to_a_chain_for_each_seed():
    for path in (HOUSE / "experiments").glob("*.yaml"):
        experiment = read_experiment(path)
        assert experiment.about and len({row.name for row in experiment.rows}) == len(experiment.rows)
        for row in experiment.rows:
            chains = row_chains(row, DEFAULT, HOUSE / "recipes", "base")
            assert len(chains) == row.seeds and {chain[-1].level for chain in chains} == {row.stage}
            classifiers = [next(node for node in chain if node.level == "classifier") for chain in chains]
            assert [node.settings["seed"] for node in classifiers] == list(range(row.seeds))
            assert len({chain[-1].folder for chain in chains}) == row.seeds


def test_a_row_changes_what_it_says_and_shares_the_rest():
    plain = row_chains(Row(name="a", recipe="seam", stage="refine"), DEFAULT, HOUSE / "recipes", "base")[0]
    row = Row(name="b", recipe="seam", stage="cams", epochs=1.5, settings={"classifier": {"seam": {"ecr": 0}}})
    longer = row_chains(row, DEFAULT, HOUSE / "recipes", "base")[0]
    assert longer[0].settings["epochs"] == 12 and longer[0].settings["ecr"] == 0 and plain[0].settings["ecr"] == 1
    assert plain[1].settings == longer[1].settings
    shorter = Row(name="d", recipe="dsrg", stage="predict", chain={"grow": "sec", "labels": None, "segmenter": None})
    variants = [node.variant for node in row_chains(shorter, DEFAULT, HOUSE / "recipes", "base")[0]]
    assert variants[-3:] == ["sec", "grown", "predict"]
    with pytest.raises(UserError, match=r"row 'e'.*'sek'.*did you mean 'sec'"):
        row_chains(shorter.model_copy(update={"name": "e", "chain": {"grow": "sek"}}), DEFAULT, HOUSE / "recipes", "base")
    with pytest.raises(UserError, match=r"no stage 'walks'.*walk"):
        row_chains(Row(name="c", recipe="seam", stage="walks"), DEFAULT, HOUSE / "recipes", "base")


def test_table_of_an_experiment():
    score = {"miou": 30.0, "precision": 40.0, "recall": 50.0, "oracle": {"miou": 35.0, "threshold": 0.4}}
    classifier = {"map": 80.0, "inconsistency": {"raw": 0.1, "refined": 0.05}, "grid_of_last_photo": [18, 24]}
    one = figures(classifier, score)
    other = figures(classifier, {**score, "oracle": {"miou": 37.0, "threshold": 0.5}})
    assert figures(classifier)["oracle"] is None and figures(classifier)["map"] == 80.0
    rows = experiment_rows("classifier", ["plain", "new"], [[one, other], [one]])
    assert rows[0]["mean"]["oracle"] == 36.0 and rows[0]["spread"]["oracle"] == pytest.approx(2**0.5)
    assert rows[1]["spread"]["oracle"] is None
    table = experiment_table("classifier", "about", "47 to 55", rows)
    assert "| plain | 2 | 36.0 ± 1.4 |" in table and "| new | 1 | 35.0 |" in table
    json.dumps(rows)
    history = [{"supervised": 0.3, "supervision_precision": 60.0, "supervision_recall": 30.0}, {"supervised": 0.8}]
    grown = grow_figures({"history": history}, {"miou": 40.0})
    assert grown["precision_first"] == 60 and grown["precision"] is None and grown["supervised"] == 80
    assert "| new | 1 | 40.0 | 60.0 |  | 30.0 |  | 80.0 |" in experiment_table(
        "grow", "about", "", experiment_rows("grow", ["new"], [[grown]]))


def test_a_choice_trains_on_fit_and_looks_at_tune_only():
    plan = Plan({**DEFAULT, "dataset": "mini"})
    for name, experiment in plan.experiments.items():
        paths = [path for row in plan.experiment_scores(name) for seed in row for path in seed]
        nodes = [plan.node(re.split(r"/scores/|/labels/|/model\.", path.removeprefix("work/"))[0]) for path in paths]
        if experiment.choice:
            allowed = ("scores/classifier-tune.json", "model.safetensors", "scores/tune.json")
            assert all(path.endswith(allowed) for path in paths)
            assert not any("/train/" in shard for node in nodes if node.parent for shard in plan.shards(node.folder, "maps"))
            assert {plan.trains_on(node) for node in nodes} == {"fit"}
        else:
            assert {plan.trains_on(node) for node in nodes} == {"train"}
            assert any(path.endswith(("scores/train.json", "scores/val.json")) for path in paths)


def test_a_choice_by_maps_of_training_photos_is_refused(tmp_path):
    (tmp_path / "e.yaml").write_text("about: a\nchoice: true\nrows: [{name: b, recipe: cam, stage: cams}]\n")
    with pytest.raises(UserError, match=r"row 'b'.*not 'cams'"):
        read_experiment(tmp_path / "e.yaml")


def test_cues_of_a_choice_are_those_of_all_other_chains():
    plan = Plan({**DEFAULT, "dataset": "mini"})
    cues = {cue.folder for rows in plan.rows["thresholds"] for chain in rows for node in chain for cue in node.cues}
    assert cues and all("/fit/" not in folder for folder in cues)
    assert all("/fit/" in chain[-1].folder for rows in plan.rows["thresholds"] for chain in rows)


def test_an_experiment_with_nothing_beside_shows_its_scores_alone():
    plan = Plan({**DEFAULT, "dataset": "mini"})
    scores = plan.experiment_scores("affinity")
    assert all(len(seed) == 1 and seed[0].endswith("train.json") for row in scores for seed in row)
    score = {"miou": 30.0, "precision": 40.0, "recall": 50.0}
    seeds = [map_figures({**score, "oracle": {"miou": 35.0, "threshold": 0.4}}), map_figures({**score, "miou": 32.0})]
    rows = experiment_rows("nothing", ["maps"], [seeds])
    assert "| maps | 2 | 31.0 ± 1.4 | 35.0 | 0.40 |" in experiment_table("nothing", "about", "", rows)


def test_beside_the_score_of_a_walk_stands_its_agreement_with_the_sure_areas(tmp_path):
    plan = Plan({**DEFAULT, "dataset": "mini"})
    for (sure, score), in plan.experiment_scores("walk"):
        assert sure == score.replace("train.json", "sure-areas.json")
    figures = sure_figures({"miou": 70.0}, {"miou": 30.0, "precision": 40.0, "recall": 50.0})
    rows = experiment_rows("sure", ["16 steps"], [[figures]])
    assert "| 16 steps | 1 | 70.0 | 30.0 | 40.0 | 50.0 |" in experiment_table("sure", "about", "", rows)
    (tmp_path / "e.yaml").write_text("about: a\nbeside: sure\nrows: [{name: b, recipe: cam, stage: cams}]\n")
    with pytest.raises(UserError, match=r"row 'b'.*take 'stage: walk', not 'cams'"):
        read_experiment(tmp_path / "e.yaml")


def test_cost_is_for_each_photo_over_all_shards():
    plan = Plan({**DEFAULT, "dataset": "mini"})
    shards, score = plan.experiment_scores("labels")[0][0][:-1], plan.experiment_scores("labels")[0][0][-1]
    assert len(shards) == plan.config.shards and score.endswith("scores/train.json")
    figures = cost_figures({"core_seconds": 3.0, "photos": 7}, {"core_seconds": 5.0, "photos": 9},
                           {"miou": 30.0, "precision": 40.0, "recall": 50.0, "images": 5})  # scored: those with masks
    rows = experiment_rows("cost", ["crf"], [[figures]])
    assert "| crf | 1 | 30.0 | 40.0 | 50.0 | 0.50 |" in experiment_table("cost", "about", "", rows)
