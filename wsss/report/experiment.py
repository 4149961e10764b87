"""The table of an experiment: a line per row, with mean and spread over seeds."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Json = dict[str, Any]
Figures = dict[str, float | None]
"""the columns of one seed: name -> value"""
COLUMNS = {
    "classifier": {
        "oracle": "oracle mIoU",
        "at": "its threshold",
        "fixed": "mIoU at 0.20",
        "precision": "precision",
        "recall": "recall",
        "map": "mAP",
        "raw": "inconsistency",
        "refined": "refined",
        "cells": "cells of the longer side",
    },
    "grow": {
        "miou": "mIoU",
        "precision_first": "supervision's precision, first epoch",
        "precision": "last",
        "recall_first": "recall, first epoch",
        "recall": "last",
        "supervised": "supervised share, last",
    },
    "confident": {
        "agreement": "mIoU against the confident areas",
        "miou": "mIoU against masks",
        "precision": "precision",
        "recall": "recall",
    },
    "cost": {
        "miou": "mIoU",
        "precision": "precision",
        "recall": "recall",
        "cost": "core-seconds a photo",
    },
    "nothing": {
        "miou": "mIoU",
        "oracle": "oracle mIoU",
        "at": "its threshold",
        "precision": "precision",
        "recall": "recall",
    },
}
"""What an experiment shows, by what stands beside its scores."""


def classifier_figures(classifier: Json, score: Json | None = None) -> Figures:
    """The columns of one seed: of its classifier, and of its maps on train where they are
    scored.
    """
    score = score or {}
    oracle = score.get("oracle", {})
    return {
        "oracle": oracle.get("miou"),
        "at": oracle.get("threshold"),
        "fixed": score.get("miou"),
        "precision": score.get("precision"),
        "recall": score.get("recall"),
        "map": classifier["map"],
        "raw": classifier["inconsistency"]["raw"],
        "refined": classifier["inconsistency"]["refined"],
        "cells": max(classifier["grid_of_last_photo"]),
    }


def grow_figures(model: Json, score: Json) -> Figures:
    """The columns of one seed: mIoU, and the supervision of the network on seeds in its first and
    last epoch.
    """
    first, last = model["history"][0], model["history"][-1]
    return {
        "miou": score["miou"],
        "precision_first": first.get("supervision_precision"),
        "precision": last.get("supervision_precision"),
        "recall_first": first.get("supervision_recall"),
        "recall": last.get("supervision_recall"),
        "supervised": 100 * last["supervised"],
    }


def map_figures(score: Json) -> Figures:
    """The columns of one seed that its score alone gives; maps without background are scored at
    0.20.
    """
    oracle = score.get("oracle", {})
    return {
        "miou": score["miou"],
        "oracle": oracle.get("miou"),
        "at": oracle.get("threshold"),
        "precision": score["precision"],
        "recall": score["recall"],
    }


def confident_figures(confident: Json, score: Json) -> Figures:
    """The columns of one seed of a walk: its agreement with the confident areas, which no mask
    decides, and its score.
    """
    return {**map_figures(score), "agreement": confident["miou"]}


def cost_figures(*runs_and_score: Json) -> Figures:
    """The columns of one seed: its score, and what its shards took, start of the processes
    included, for each photo.
    """
    *runs, score = runs_and_score
    spent = sum(run["core_seconds"] for run in runs)
    photos = sum(run.get("photos", 0) for run in runs)
    return {**map_figures(score), "cost": spent / photos if photos else None}


FIGURES: dict[str, Callable[..., Figures]] = {
    "classifier": classifier_figures,
    "grow": grow_figures,
    "confident": confident_figures,
    "cost": cost_figures,
    "nothing": map_figures,
}


def experiment_rows(
    beside: str, names: Sequence[str], seeds: Sequence[Sequence[Figures]]
) -> list[Json]:
    """For each row its name, its number of seeds, and mean and spread (sample deviation; None for
    one seed) by column.
    """
    rows = []
    for name, runs in zip(names, seeds):
        mean: dict[str, float | None] = {}
        spread: dict[str, float | None] = {}
        for key in COLUMNS[beside]:
            given = [run[key] for run in runs]
            values = [value for value in given if value is not None]
            mean[key] = float(np.mean(values)) if values else None
            spread[key] = float(np.std(values, ddof=1)) if len(values) > 1 else None
        rows.append({"name": name, "seeds": len(runs), "mean": mean, "spread": spread})
    return rows


def experiment_table(beside: str, about: str, published: str, rows: list[Json]) -> str:
    """The rows as text, in Markdown."""
    columns = COLUMNS[beside]
    head = [about, *([f"Published: {published}"] if published else []), ""]
    lines = [
        *head,
        f"| row | seeds | {' | '.join(columns.values())} |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for row in rows:
        cells = [_cell(key, row["mean"][key], row["spread"][key]) for key in columns]
        lines.append(f"| {row['name']} | {row['seeds']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(key: str, mean: float | None, spread: float | None) -> str:
    digits = {"at": 2, "cost": 2, "raw": 4, "refined": 4, "cells": 0}.get(key, 1)
    if mean is None:
        return ""
    return f"{mean:.{digits}f}" + ("" if spread is None else f" ± {spread:.{digits}f}")
