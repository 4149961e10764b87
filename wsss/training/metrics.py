"""The losses of a training by epoch as CSV, written after each one, to look at meanwhile."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from wsss.run.files import atomic


def write_metrics(path: Path, history: Sequence[Mapping[str, float]]) -> None:
    """Write a line for each epoch of a history (wsss.training.state), counted from 1. A figure that
    an epoch lacks is empty.
    """
    names = dict.fromkeys(name for row in history for name in row)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(names), lineterminator="\n")
    writer.writeheader()
    for row in history:
        writer.writerow({**row, "epoch": int(row["epoch"]) + 1})
    with atomic(path) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8")
