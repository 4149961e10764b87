"""How the labels, the saliency and the predictions of a recipe change from round to round."""

import re
from collections.abc import Mapping
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from wsss.report.curves import STYLE, draw_svg

Json = dict[str, Any]
Rounds = dict[str, dict[int, float]]
"""line -> round -> its figure in percent; round 0 is what was there before the rounds"""
LABELS, SALIENCY, VAL = "labels (mIoU on train)", "saliency (max F)", "predictions (mIoU)"
ROUND = re.compile(r"round(\d+)\.")


def gather_rounds(on_train: Mapping[str, Json], final: Mapping[str, Json]) -> Rounds:
    """The figures of each round, {} for a recipe without rounds.

    `on_train` are the scores of its steps by name, in their order, `final` those of predictions on
    other photos. Of several label maps in a round, the last ones count. Steps after the rounds do
    not.
    """
    found: Rounds = {}
    number = 0
    for name, score in on_train.items():
        match = ROUND.match(name)
        if match is None and number:
            continue
        number = int(match[1]) if match else 0
        line, figure = _figure_of(score)
        if line and figure is not None:
            found.setdefault(line, {})[number] = figure
    for name, score in final.items():
        match = ROUND.match(name)
        if match and score.get("miou") is not None:
            found.setdefault(VAL, {})[int(match[1])] = score["miou"]
    return found if number else {}


def _figure_of(score: Json) -> tuple[str, float | None]:
    """The line that a score belongs to, and its figure; "" where it belongs to none."""
    if score.get("what") == "labels":
        return LABELS, score.get("miou")
    if score.get("what") == "saliency" and score.get("split") == "train":
        return SALIENCY, score.get("max_f")
    return "", None


def draw_rounds(rounds: Rounds) -> str:
    """The figures by round, as SVG."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(4.4, 2.3), layout="constrained")
        axes = figure.subplots()
        for line, figures in rounds.items():
            axes.plot(list(figures), list(figures.values()), marker=".", label=line)
        axes.set(xlabel="round", ylabel="%")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(frameon=False, fontsize=8)
        axes.patch.set_alpha(0)
        axes.spines[["top", "right"]].set_visible(False)
        return draw_svg(figure)
