"""The figures of a recipe by round, and their picture."""

import json

from wsss.report.rounds import LABELS, SALIENCY, VAL, draw_rounds, gather_rounds
from wsss.report.summary import Sources, summary_of


def labels(miou):
    return {"what": "labels", "split": "train", "miou": miou}


def saliency(max_f, split="train"):
    return {"what": "saliency", "split": split, "max_f": max_f}


ON_TRAIN = {
    "saliency_net": saliency(99.0, "heldout"),
    "saliency": saliency(50.0),
    "cams": {"what": "maps", "split": "train", "miou": 10.0},
    "rough": labels(1.0),
    "labels": labels(30.0),
    "round1.update": {"what": "maps", "split": "train", "miou": 11.0},
    "round1.update.saliency": saliency(55.0),
    "round1.labels": labels(35.0),
    "round2.update.saliency": saliency(None),
    "round2.labels": labels(36.0),
    "after": labels(2.0),
}
FINAL = {"round1.predict": {"miou": 40.0}, "round2.predict": {"miou": 41.0}}


def test_rounds_have_the_last_labels_and_the_saliency_of_train():
    assert gather_rounds(ON_TRAIN, FINAL) == {
        SALIENCY: {0: 50.0, 1: 55.0},
        LABELS: {0: 30.0, 1: 35.0, 2: 36.0},
        VAL: {1: 40.0, 2: 41.0},
    }


def test_recipe_without_rounds_has_none():
    assert gather_rounds({"labels": labels(30.0)}, {"predict": {"miou": 40.0}}) == {}


def test_picture_has_a_line_for_each_figure():
    drawn = draw_rounds(gather_rounds(ON_TRAIN, FINAL))
    assert drawn.startswith("<svg") and all(line in drawn for line in (LABELS, SALIENCY, VAL))


def test_summary_takes_the_last_predictions_for_the_score(tmp_path):
    paths = {}
    for name, score in {**ON_TRAIN, **FINAL}.items():
        paths[name] = str(tmp_path / name)
        (tmp_path / name).write_text(json.dumps({"split": "val", **score}))
    scores = {name: paths[name] for name in ON_TRAIN}
    final = {name: paths[name] for name in FINAL}
    steps = {
        name: str(tmp_path / "none") for name in ("labels", "round1.predict", "round2.predict")
    }
    summary = summary_of("r", Sources(folders=steps, scores=scores, final=final))
    assert summary["final"]["miou"] == 41.0 and "<svg" in summary["rounds"]
    assert [stage["miou"] for stage in summary["stages"]] == [30.0, 40.0, 41.0]
    alone = Sources(folders={"labels": steps["labels"]}, scores={"labels": paths["labels"]})
    assert summary_of("r", alone)["rounds"] is None
