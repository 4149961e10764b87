"""The loss curves of trainings, as SVG whose ink has the text colour of the page around it."""

import io
from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from wsss.report.supervision import LINES

INK = "#010203"
"""a colour that the finished SVG holds nowhere: it is replaced by the page's text colour"""
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
"""settings of matplotlib; text stays text, and equal curves give equal bytes"""
Row = dict[str, Any]
"""an epoch of a training's history (wsss.training.loop.train): its number and mean values"""


def training_curve(history: Sequence[Row]) -> str:
    """The loss by epoch, as SVG. Beside it, for networks trained on seeds, the precision, recall
    and mIoU of their supervision, and the share of the grid that it covers.
    """
    with matplotlib.rc_context(STYLE):
        seeded = "supervised" in history[0]
        figure = Figure(figsize=(6.4 if seeded else 3.4, 2.3), layout="constrained")
        axes = figure.subplots(1, 2 if seeded else 1, squeeze=False)[0]
        epochs = [row["epoch"] + 1 for row in history]
        axes[0].plot(epochs, [row["loss"] for row in history], marker=".", color="#4f7cd6")
        axes[0].set(xlabel="epoch", ylabel="loss")
        if seeded:
            _plot_supervision(axes[1], epochs, history)
        for each in axes:
            each.set_xlim(epochs[0] - 0.5, epochs[-1] + 0.5)
            each.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            each.patch.set_alpha(0)
            each.spines[["top", "right"]].set_visible(False)
        return draw_svg(figure)


def _plot_supervision(axes: Any, epochs: list[int], history: Sequence[Row]) -> None:
    """Draw the lines of the supervision; without masks, only the share that it covers."""
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


def draw_svg(figure: Figure) -> str:
    """The SVG element of a figure, without the header of an SVG file."""
    text = io.StringIO()
    figure.savefig(
        text,
        format="svg",
        transparent=True,
        metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")),
    )
    return text.getvalue()[text.getvalue().index("<svg") :].replace(INK, "currentColor")
