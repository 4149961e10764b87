"""The table of an experiment: a line for each of its rows, with mean and spread over seeds.

The setting `beside` of an experiment names what is shown beside the score of a row's step
(wsss.plan.experiments). Each value has its columns here, and a function that gives their figures
for one seed.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wsss.data.cells import markdown_cell

Json = dict[str, Any]
Figures = dict[str, float | None]
"""of one seed: column -> value; None where it is not known"""
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
    "foreground": {
        "miou": "mIoU",
        "low": "95 % from",
        "high": "to",
        "found": "foreground found",
        "precise": "its precision",
        "bias": "background's bias",
        "accuracy": "mean class accuracy",
        "gain": "gain",
        "gain_low": "95 % from",
        "gain_high": "to",
        "share": "% of the ceiling",
    },
    "nothing": {
        "miou": "mIoU",
        "oracle": "oracle mIoU",
        "at": "its threshold",
        "precision": "precision",
        "recall": "recall",
    },
}
"""`beside` -> column -> its heading"""
OF_LIST = {
    "miou": "mIoU on {}",
    "gain": "gain on {}",
    "gain_low": "95 % from",
    "gain_high": "to",
}
"""column of a list of photos -> its heading, around the list's name"""


def classifier_figures(classifier: Json, score: Json | None = None) -> Figures:
    """The figures of a seed from its classifier's score and, where there is one, the score of its
    maps on train.
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
    """The figures of a seed from its score and from its model's history: how right the supervision
    of the network trained on seeds was in the first and the last epoch.
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
    """The figures of a seed from its score alone; the mIoU of maps without background is the one at
    threshold 0.20.
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
    """The figures of a seed of a walk: its score, and its mIoU against the confident areas, which
    needs no mask.
    """
    return {**map_figures(score), "agreement": confident["miou"]}


def cost_figures(*runs_and_score: Json) -> Figures:
    """The figures of a seed from the notes of its shards, then its score: the score, and the
    core-seconds a photo, with the start of the processes.
    """
    *runs, score = runs_and_score
    core_seconds = sum(run["core_seconds"] for run in runs)
    photos = sum(run.get("photos", 0) for run in runs)
    return {**map_figures(score), "cost": core_seconds / photos if photos else None}


def foreground_figures(score: Json) -> Figures:
    """The figures of a seed from its score: the mIoU with its interval, how much of the objects is
    found, and the mean over the labels of how much of each is found. `add_gains` (gains.py) adds
    the comparison with other rows.
    """
    low, high = score["interval"] or (None, None)
    foreground = score["foreground"]
    return {
        "miou": score["miou"],
        "low": low,
        "high": high,
        "found": foreground["recall"],
        "precise": foreground["precision"],
        "bias": foreground["background_bias"],
        "accuracy": score.get("recall"),
    }


FIGURES: dict[str, Callable[..., Figures]] = {
    "classifier": classifier_figures,
    "grow": grow_figures,
    "confident": confident_figures,
    "cost": cost_figures,
    "foreground": foreground_figures,
    "nothing": map_figures,
}
"""`beside` -> what gives the figures of one seed, from the files that stages/write_experiment.py is
given for it, in their order"""


def columns_of(beside: str, lists: Sequence[str] = ()) -> dict[str, str]:
    """Column -> its heading. Each list of photos adds the columns of OF_LIST, as LIST.COLUMN."""
    columns = dict(COLUMNS[beside])
    for name in lists:
        columns |= {f"{name}.{key}": heading.format(name) for key, heading in OF_LIST.items()}
    return columns


def experiment_rows(
    beside: str,
    names: Sequence[str],
    seeds: Sequence[Sequence[Figures]],
    lists: Sequence[str] = (),
) -> list[Json]:
    """For each row its `name`, its number of `seeds`, and by column `mean` and `spread`: the sample
    deviation, None for a single seed. `seeds` holds each row's figures, `lists` names the lists
    of photos among them.
    """
    rows = []
    for name, runs in zip(names, seeds):
        mean: dict[str, float | None] = {}
        spread: dict[str, float | None] = {}
        for key in columns_of(beside, lists):
            all_values = [run.get(key) for run in runs]
            values = [value for value in all_values if value is not None]
            mean[key] = float(np.mean(values)) if values else None
            spread[key] = float(np.std(values, ddof=1)) if len(values) > 1 else None
        rows.append({"name": name, "seeds": len(runs), "mean": mean, "spread": spread})
    return rows


def experiment_table(
    beside: str, about: str, published: str, rows: list[Json], lists: Sequence[str] = ()
) -> str:
    """The rows of `experiment_rows` as a Markdown table, below `about` and `published`. A row
    without seeds was not run.
    """
    columns = columns_of(beside, lists)
    head = [about, *([f"Published: {published}"] if published else []), ""]
    lines = [
        *head,
        f"| row | seeds | {' | '.join(columns.values())} |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for row in rows:
        cells = [_cell(key, row["mean"][key], row["spread"][key]) for key in columns]
        seeds = row["seeds"] or "not run"
        lines.append(f"| {markdown_cell(row['name'])} | {seeds} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(column: str, mean: float | None, spread: float | None) -> str:
    """Mean and spread, with the digits that the column needs."""
    digits = {"at": 2, "cost": 2, "raw": 4, "refined": 4, "cells": 0}.get(column, 1)
    if mean is None:
        return ""
    return f"{mean:.{digits}f}" + ("" if spread is None else f" ± {spread:.{digits}f}")
