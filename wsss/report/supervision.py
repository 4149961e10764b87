"""The supervision of a training on seeds, epoch by epoch, as a table and as a picture."""

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
LINES = {
    "supervision_precision": "precision",
    "supervision_recall": "recall",
    "supervision_miou": "mIoU",
}


def supervision_csv(history: list[dict[str, Any]]) -> str:
    """A line an epoch, in percent; epochs count from 1. Empty where no photo has a mask."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in history:
        seeded, supervised = f"{100 * row['seeded']:.2f}", f"{100 * row['supervised']:.2f}"
        scores = [f"{row[key]:.2f}" if key in row else "" for key in LINES]
        writer.writerow([row["epoch"] + 1, seeded, supervised, *scores])
    return text.getvalue()


def supervision_figure(history: list[dict[str, Any]], title: str) -> Figure:
    """Precision, recall and mIoU of the supervision, and the share of the grid that it covers, over
    epochs.
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
