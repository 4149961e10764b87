"""The IoU of each class in the rows of an experiment: mean and deviation over seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wsss.data.cells import markdown_cell

Json = dict[str, Any]
PerClass = Mapping[str, float | None]
"""label -> its IoU in percent, None where it has no true pixel"""


def class_rows(names: Sequence[str], seeds: Sequence[Sequence[PerClass]]) -> list[Json]:
    """For each row of an experiment with a score by class its `name`, and by label `mean` and
    `spread` over its seeds: the sample deviation, None for fewer than two.
    """
    rows = []
    for name, scores in zip(names, seeds):
        if not scores:
            continue
        labels = dict.fromkeys(label for score in scores for label in score)
        found = {label: _over_seeds([score.get(label) for score in scores]) for label in labels}
        rows.append({"name": name, "seeds": len(scores), "classes": found})
    return rows


def _over_seeds(values: Sequence[float | None]) -> dict[str, float | None]:
    known = [value for value in values if value is not None]
    spread = float(np.std(known, ddof=1)) if len(known) > 1 else None
    return {"mean": float(np.mean(known)) if known else None, "spread": spread}


def class_table(rows: Sequence[Json]) -> str:
    """A Markdown table with a line for each label and a column for each row; "" without rows."""
    if not rows:
        return ""
    heads = [markdown_cell(f"{row['name']} ({row['seeds']})") for row in rows]
    lines = ["", "IoU by class in percent: mean ± deviation over the seeds (their number)", ""]
    lines += [f"| class | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for label in dict.fromkeys(label for row in rows for label in row["classes"]):
        cells = [_cell(row["classes"].get(label)) for row in rows]
        lines.append(f"| {markdown_cell(label)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(figures: Mapping[str, float | None] | None) -> str:
    mean, spread = (figures or {}).get("mean"), (figures or {}).get("spread")
    if mean is None:
        return ""
    return f"{mean:.1f}" if spread is None else f"{mean:.1f} ± {spread:.1f}"
