"""The supervision of a network trained on seeds, or on labels that it makes itself, epoch by epoch,
as a table and as a picture.

A row of its history has `supervised`, the share of the grid with a label, for seeds also `seeded`,
the share before growing, and, where photos have masks, the scores of those labels.
"""

import csv
import io
from typing import Any

from matplotlib.figure import Figure

COLUMNS = (
    "epoch",
    "seeded",
    "supervised",
    "supervision_precision",
    "supervision_recall",
    "supervision_miou",
)
"""of the table; all in percent but the epoch"""
LINES = {
    "supervision_precision": "precision",
    "supervision_recall": "recall",
    "supervision_miou": "mIoU",
}
"""column -> its name in pictures"""


def supervision_csv(history: list[dict[str, Any]]) -> str:
    """The history as CSV, with a line an epoch, from 1. Scores are empty where no photo has a
    mask, and the seeded share where there are no seeds.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in history:
        seeded = f"{100 * row['seeded']:.2f}" if "seeded" in row else ""
        supervised = f"{100 * row['supervised']:.2f}"
        scores = [f"{row[key]:.2f}" if key in row else "" for key in LINES]
        writer.writerow([row["epoch"] + 1, seeded, supervised, *scores])
    return text.getvalue()


def supervision_figure(history: list[dict[str, Any]], title: str) -> Figure:
    """Precision, recall and mIoU of the supervision by epoch, and the share of the grid that it
    covers.
    """
    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.subplots()
    epochs = [row["epoch"] + 1 for row in history]
    for key, name in LINES.items():
        if all(key in row for row in history):
            axes.plot(epochs, [row[key] for row in history], marker="o", label=name)
    share = [100 * row["supervised"] for row in history]
    axes.plot(epochs, share, color="grey", linestyle="--", label="supervised share")
    axes.set(xlabel="epoch", ylabel="%", ylim=(0, 100), title=title)
    axes.legend(loc="lower right")
    axes.grid(alpha=0.3)
    return figure
