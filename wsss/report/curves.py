"""How trainings went, as SVG that takes the colours of the page it stands in."""

import io
from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from wsss.report.supervision import LINES

INK = "#010203"
"""stands for the page's own text colour"""
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "wsss",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}
Row = dict[str, Any]


def training_curve(history: Sequence[Row]) -> str:
    """Loss by epoch, as SVG; beside it, of a network on seeds, what supervised it."""
    with matplotlib.rc_context(STYLE):
        seeded = "supervised" in history[0]
        figure = Figure(figsize=(6.4 if seeded else 3.4, 2.3), layout="constrained")
        axes = figure.subplots(1, 2 if seeded else 1, squeeze=False)[0]
        epochs = [row["epoch"] + 1 for row in history]
        axes[0].plot(epochs, [row["loss"] for row in history], marker=".", color="#4f7cd6")
        axes[0].set(xlabel="epoch", ylabel="loss")
        if seeded:
            _supervision(axes[1], epochs, history)
        for each in axes:
            each.set_xlim(epochs[0] - 0.5, epochs[-1] + 0.5)
            each.xaxis.set_major_locator(MaxNLocator(integer=True))
            each.patch.set_alpha(0)
            each.spines[["top", "right"]].set_visible(False)
        return _svg(figure)


def _supervision(axes: Any, epochs: list[int], history: Sequence[Row]) -> None:
    for key, name in LINES.items():
        if all(key in row for row in history):
            axes.plot(epochs, [row[key] for row in history], marker=".", label=name)
    axes.plot(
        epochs,
        [100 * row["supervised"] for row in history],
        linestyle="--",
        color="#888888",
        label="supervised",
    )
    axes.set(xlabel="epoch", ylabel="% of supervision", ylim=(0, 100))
    axes.legend(frameon=False, fontsize=8)


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(
        text,
        format="svg",
        transparent=True,
        metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")),
    )
    return text.getvalue()[text.getvalue().index("<svg") :].replace(INK, "currentColor")
