"""The summary of a recipe in a report: its score, and the score, cost, settings and training of
each stage.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wsss.nets.history import read_history
from wsss.report.cost import Cost, cost_of, find_own_artifacts
from wsss.report.curves import training_curve
from wsss.run.records import read_record
from wsss.score.shares import find_vanishing, last_labels

Json = dict[str, Any]


@dataclass
class Sources:
    """Where the files of a recipe lie: by step its folder, its score on train and its model;
    and the step whose score on other photos is the recipe's, with that.
    """

    about: str = ""
    folders: dict[str, str] = field(default_factory=dict)
    scores: dict[str, str] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    final: dict[str, str] = field(default_factory=dict)
    agreement: str | None = None


def summary_of(name: str, sources: Sources) -> Json:
    """Everything of a recipe that a page or a table shows, as plain values."""
    scores = {step: _read(path) for step, path in sources.scores.items()}
    agreement = _read(sources.agreement).get("stages", {})
    stages, before = [], None
    for step, folder in sources.folders.items():
        score = _read(sources.final.get(step)) or scores.get(step, {})
        stage = {
            "name": step,
            **_made_by(folder),
            **_figures(score, before),
            "agreement": agreement.get(step),
            "cost": cost_of(folder),
            **_training(sources.models.get(step)),
        }
        before = stage["miou"] if _is_dense(stage) else before
        stages.append(stage)
    final = _read(next(iter(sources.final.values()), None))
    return {
        "name": name,
        "about": sources.about,
        "final": final,
        "vanishing": find_vanishing(final, last_labels(scores)),
        "stages": stages,
        "cost": sum((s["cost"] for s in stages if s["cost"]), Cost()),
    }


def _figures(score: Mapping[str, Any], before: float | None) -> Json:
    """The mIoU, what it gains on the stage before, and what stands beside it; a saliency map has
    none.

    Seeds leave pixels open, and predictions are scored on other photos: neither is a gain or a
    loss.
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
    """Whether it is of all pixels of the training photos, so that two of them can be compared."""
    return (
        score.get("miou") is not None
        and score.get("split") == "train"
        and score.get("what") != "seeds"
    )


def _made_by(folder: str) -> Json:
    """Method, settings, code and versions of a stage, from the record of its first artifact."""
    records = (read_record(path) for path in find_own_artifacts(folder))
    record = next((found for found in records if found is not None), None)
    named = Path(folder).name.rpartition("-")[0]
    if record is None:
        return {"folder": folder, "method": named, "settings": {}, "code": None, "versions": {}}
    return {
        "folder": folder,
        "method": record.method or named,
        "settings": record.settings,
        "code": record.code,
        "versions": record.versions,
    }


def _training(model: str | None) -> Json:
    """The `curve` of a training (SVG), and whether it shows the supervision of the network."""
    history = read_history(model) if model else []
    supervised = bool(history) and "supervised" in history[0]
    return {"curve": training_curve(history) if history else None, "supervised": supervised}


def _read(path: str | None) -> Json:
    return dict(json.loads(Path(path).read_text())) if path else {}
