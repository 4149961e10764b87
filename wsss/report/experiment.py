"""The table of an experiment: a line for each of its rows, with mean and spread over seeds.

The setting `beside` of an experiment names what is shown beside the score of a row's step
(wsss.plan.experiments). Each value has its columns here; row_figures.py gives their figures.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from wsss.data.cells import markdown_cell
from wsss.report.row_figures import Figures, Json

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


def columns_of(beside: str, lists: Sequence[str] = ()) -> dict[str, str]:
    """Column -> its heading. Each list of photos adds the columns of OF_LIST, as LIST.COLUMN."""
    columns = dict(COLUMNS[beside])
    for name in lists:
        columns |= {f"{name}.{key}": heading.format(name) for key, heading in OF_LIST.items()}
    return columns


def experiment_rows(
    columns: Iterable[str], names: Sequence[str], seeds: Sequence[Sequence[Figures]]
) -> list[Json]:
    """For each row its `name`, its number of `seeds`, and by column `mean` and `spread`: the sample
    deviation, None for a single seed. `seeds` holds each row's figures.
    """
    rows, keys = [], tuple(columns)
    for name, runs in zip(names, seeds):
        mean: dict[str, float | None] = {}
        spread: dict[str, float | None] = {}
        for key in keys:
            all_values = [run.get(key) for run in runs]
            values = [value for value in all_values if value is not None]
            mean[key] = float(np.mean(values)) if values else None
            spread[key] = float(np.std(values, ddof=1)) if len(values) > 1 else None
        rows.append({"name": name, "seeds": len(runs), "mean": mean, "spread": spread})
    return rows


def experiment_table(
    columns: Mapping[str, str], about: str, published: str, rows: Sequence[Json]
) -> str:
    """The rows of `experiment_rows` as a Markdown table, below `about` and `published`. `columns`
    is column -> its heading. A row without seeds was not run.
    """
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
    return "\n".join([*lines, *left_out_lines(rows)]) + "\n"


def left_out_lines(rows: Iterable[Json]) -> list[str]:
    """Lines on the rows that were not run, below a table: what to give so that they are. `left_out`
    of a row says it.
    """
    names: dict[str, list[str]] = {}
    for row in rows:
        if row.get("left_out"):
            names.setdefault(row["left_out"], []).append(markdown_cell(row["name"]))
    lines = [f"- {'; '.join(of)}: {what}" for what, of in names.items()]
    return ["", "Not run:", "", *lines] if lines else []


def _cell(column: str, mean: float | None, spread: float | None) -> str:
    """Mean and spread, with the digits that the column needs."""
    digits = {"at": 2, "cost": 2, "raw": 4, "refined": 4, "cells": 0}.get(column, 1)
    if mean is None:
        return ""
    return f"{mean:.{digits}f}" + ("" if spread is None else f" ± {spread:.{digits}f}")
