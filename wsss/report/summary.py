"""The summary of a recipe for a report or a comparison: its score, and of each step the score,
cost, settings and training.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wsss.nets.history import read_history
from wsss.report.cost import Cost, corrections_of, cost_of, find_own_artifacts, warnings_of
from wsss.report.curves import training_curve
from wsss.report.data_url import data_url
from wsss.report.result import MASKS_TRAIN, trains_on_masks
from wsss.report.rounds import draw_rounds, gather_rounds
from wsss.run.artifacts import read_object
from wsss.run.records import read_record
from wsss.score.shares import find_vanishing

Json = dict[str, Any]


@dataclass
class Sources:
    """The paths of a recipe's files."""

    about: str = ""
    """a line for people"""
    folders: dict[str, str] = field(default_factory=dict)
    """step -> folder of its artifacts, in the order of the chain"""
    scores: dict[str, str] = field(default_factory=dict)
    """step -> its score on train (JSON)"""
    models: dict[str, str] = field(default_factory=dict)
    """step -> its trained network"""
    final: dict[str, str] = field(default_factory=dict)
    """the steps that predict -> their scores on other photos; the last is the recipe's score"""
    agreement: str | None = None
    """the agreement between its steps (JSON)"""
    trained_on: str = ""
    """the step whose labels trained the network that predicts"""
    titles: Mapping[str, str] = field(default_factory=dict)
    """step -> what it makes, in plain words"""
    known: str = ""
    """what people had to know of the training photos"""
    clouds: str | None = None
    """a picture of its point clouds (PNG)"""


def summary_of(name: str, sources: Sources) -> Json:
    """All that a page or a table shows of a recipe.

    `name`, `about`, `known` (what people had to know, corrections too), `masks_train` (a line where
    the labels are masks, else ""), `final` (its score), `vanishing` (wsss.score.shares), `warnings`
    of its stages, `cost` of all steps, `rounds` (an SVG of figures by round; None without rounds),
    `clouds` (a picture of point clouds as a `data:` URL, or None), `compared` (the two steps by
    whose disagreement photos are sorted) with `compared_titles`, and `stages`: for each step its
    name, title, method, figures, agreement, cost and training. `coverage` is for who reads the
    masks (wsss.report.coverage).
    """
    scores = {step: _read(path) for step, path in sources.scores.items()}
    predicted = {step: _read(path) for step, path in sources.final.items()}
    rounds = gather_rounds(scores, predicted)
    agreement = _read(sources.agreement).get("stages", {})
    compared = list(agreement)[-2:]
    steps = _steps(sources, scores | {k: v for k, v in predicted.items() if v}, agreement)
    final = list(predicted.values())[-1] if predicted else {}
    return {
        "name": name,
        "about": sources.about,
        "masks_train": MASKS_TRAIN if trains_on_masks(sources.known.split(", ")) else "",
        "known": ", ".join(filter(None, [sources.known, *corrections_of(sources.folders)])),
        "final": final,
        "trained_on": sources.trained_on,
        "compared": compared,
        "compared_titles": [sources.titles.get(step, step) for step in compared],
        "vanishing": find_vanishing(final, scores.get(sources.trained_on, {})),
        "warnings": warnings_of(sources.folders),
        "coverage": None,
        "rounds": draw_rounds(rounds) if rounds else None,
        "clouds": data_url(Path(sources.clouds)) if sources.clouds else None,
        "stages": steps,
        "cost": sum((step["cost"] for step in steps if step["cost"]), Cost()),
    }


def _steps(sources: Sources, scores: Mapping[str, Json], agreement: Json) -> list[Json]:
    """What a page shows of each step, in the order of the chain."""
    steps: list[Json] = []
    before = None
    for name, folder in sources.folders.items():
        step = {
            "name": name,
            "title": sources.titles.get(name, name),
            **_provenance(folder),
            **_figures(scores.get(name, {}), before),
            "agreement": agreement.get(name),
            "cost": cost_of(folder),
            **_training(sources.models.get(name)),
        }
        before = step["miou"] if _is_dense(step) else before
        steps.append(step)
    return steps


def _figures(score: Mapping[str, Any], before: float | None) -> Json:
    """The figures of a step from its score: `miou`, `gain` over the mIoU `before` of an earlier
    step, and others. A figure that the score lacks is None.

    Seeds do not label all pixels, and predictions are scored on other photos, so they have no gain.
    """
    miou = score.get("miou")
    gain = miou - before if miou is not None and before is not None and _is_dense(score) else None
    oracle = score.get("oracle") or {}
    return {
        "miou": miou,
        "before": before if gain is not None else None,
        "gain": gain,
        "split": score.get("split"),
        "what": score.get("what"),
        "oracle": oracle.get("miou"),
        **{key: score.get(key) for key in ("precision", "recall", "max_f", "mae")},
    }


def _is_dense(score: Mapping[str, Any]) -> bool:
    """Whether a score counts all pixels of the training photos, so that two such scores can be
    compared.
    """
    return (
        score.get("miou") is not None
        and score.get("split") == "train"
        and score.get("what") != "seeds"
    )


def _provenance(folder: str) -> Json:
    """Method, settings, code and versions of a step, from the first record in its folder, which is
    called METHOD-DIGEST.
    """
    records = (read_record(path) for path in find_own_artifacts(folder))
    record = next((found for found in records if found is not None), None)
    method = Path(folder).name.rpartition("-")[0]
    if record is None:
        return {"folder": folder, "method": method, "settings": {}, "code": None, "versions": {}}
    return {
        "folder": folder,
        "method": record.method or method,
        "settings": record.settings,
        "code": record.code,
        "versions": record.versions,
    }


def _training(model: str | None) -> Json:
    """The `curve` of a training (SVG; None without one), and whether the network was `supervised`
    by seeds, so that the curve has a second part.
    """
    history = read_history(model) if model else []
    supervised = bool(history) and "supervised" in history[0]
    return {"curve": training_curve(history) if history else None, "supervised": supervised}


def _read(path: str | None) -> Json:
    """A JSON file; empty without a path."""
    return read_object(path) if path else {}
