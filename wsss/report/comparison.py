"""A comparison of recipes on the same dataset, with a row a recipe: as CSV, Markdown and a picture.

Its input are the recipes' summaries (wsss.report.summary).
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wsss.data.cells import text_cell

Json = dict[str, Any]
"""a summary of a recipe as wsss.report.summary.summary_of makes it; its `cost` is a Cost"""
LAST_COLUMNS = ("val", "low", "high", "share_of_full", "minutes", "peak_mb")
"""the last columns of the CSV: fields of ComparedRecipe"""
INTRODUCTION = (
    "mIoU in percent: of the steps on train (class maps with background where no class scores "
    "above 0.20), and of the prediction on {split} with its 95 % bootstrap interval over photos. "
    "Minutes are of all jobs of a chain together; steps that chains share count in each."
)


@dataclass(frozen=True)
class ComparedRecipe:
    """A row of the comparison. A figure that is not known is None."""

    recipe: str
    """its name"""
    steps: Mapping[str, float]
    """step -> mIoU on train, in percent"""
    labels: float | None
    """mIoU on train of the pseudo-labels that the network was trained on, in percent"""
    val: float | None
    """mIoU of the prediction, in percent, on the split that it is scored on"""
    low: float | None
    """lower end of the 95 % bootstrap interval of `val`"""
    high: float | None
    """upper end of that interval"""
    share_of_full: float | None
    """`val` as a percentage of full supervision"""
    minutes: float
    """of all jobs of the chain together"""
    peak_mb: float
    """the largest peak memory of a job"""


def compare_recipes(summaries: Sequence[Json], full: str) -> list[ComparedRecipe]:
    """A row for each recipe; `full` is the name of the recipe that is full supervision."""
    ceiling = None
    for summary in summaries:
        if summary["name"] == full:
            ceiling = summary["final"].get("miou")
    return [_row(summary, ceiling) for summary in summaries]


def _row(summary: Json, ceiling: float | None) -> ComparedRecipe:
    final = summary["final"]
    miou = final.get("miou")
    low, high = final.get("interval") or (None, None)
    scores = _train_scores(summary)
    return ComparedRecipe(
        recipe=summary["name"],
        steps=scores,
        labels=scores.get(summary["trained_on"]),
        val=miou,
        low=low,
        high=high,
        share_of_full=100 * miou / ceiling if miou is not None and ceiling else None,
        minutes=summary["cost"].seconds / 60,
        peak_mb=summary["cost"].peak_mb,
    )


def _train_scores(summary: Json) -> dict[str, float]:
    """Step -> mIoU, of the steps that are scored on train."""
    found = {}
    for step in summary["stages"]:
        if step["miou"] is not None and step["split"] == "train":
            found[step["name"]] = step["miou"]
    return found


def comparison_csv(rows: Sequence[ComparedRecipe], steps: Sequence[str]) -> str:
    """The rows as CSV, with a column for each of `steps`; a figure that is not known is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["recipe", *(text_cell(f"{name}_train") for name in steps), *LAST_COLUMNS])
    for row in rows:
        values = [row.steps.get(name) for name in steps]
        values += [getattr(row, column) for column in LAST_COLUMNS]
        figures = ["" if value is None else f"{value:.2f}" for value in values]
        writer.writerow([text_cell(row.recipe), *figures])
    return text.getvalue()


def comparison_table(
    rows: Sequence[ComparedRecipe], steps: Sequence[str], dataset: str, split: str
) -> str:
    """The rows for people, as a Markdown page with a column for each of `steps`."""
    head = ["recipe", *steps, f"**{split}**", "95 %", "share of full", "minutes", "peak MB"]
    lines = [
        f"# {dataset}: recipes compared",
        "",
        INTRODUCTION.format(split=split),
        "",
        f"| {' | '.join(head)} |",
        "|---" * len(head) + "|",
    ]
    for row in rows:
        lines.append(f"| {row.recipe} | {' | '.join(_cells(row, steps))} |")
    return "\n".join(lines) + "\n"


def _cells(row: ComparedRecipe, steps: Sequence[str]) -> list[str]:
    return [
        *(_cell(row.steps.get(name)) for name in steps),
        f"**{_cell(row.val)}**",
        "–" if row.low is None else f"{row.low:.1f} to {row.high:.1f}",
        _cell(row.share_of_full, "%.0f %%"),
        _cell(row.minutes),
        _cell(row.peak_mb, "%d"),
    ]


def _cell(value: float | None, layout: str = "%.1f") -> str:
    return "–" if value is None else layout % value


def comparison_figure(rows: Sequence[ComparedRecipe], title: str) -> Figure:
    """The mIoU of each recipe's prediction as a bar with its interval, and the mIoU of the
    pseudo-labels that it was trained on as a mark.
    """
    figure = Figure(figsize=(6.4, 1.2 + 0.45 * len(rows)), layout="constrained")
    axes = figure.subplots()
    upwards = list(reversed(rows))
    for height, row in enumerate(upwards):
        _draw_row(axes, height, row)
    axes.set_yticks(range(len(rows)), [row.recipe for row in upwards])
    axes.set(xlabel="mIoU, %", title=title, xlim=(0, None))
    axes.spines[["top", "right"]].set_visible(False)
    marks = axes.get_legend_handles_labels()[0]
    if marks:
        axes.legend(handles=marks[:1], loc="lower right", fontsize=8)
    return figure


def _draw_row(axes: Axes, height: int, row: ComparedRecipe) -> None:
    bar: Json = {"color": "#4f7cd6", "height": 0.6}
    if row.val is not None and row.low is not None and row.high is not None:
        # with few photos the mIoU may lie outside its interval, and matplotlib refuses less than 0
        spread = [[max(0, row.val - row.low)], [max(0, row.high - row.val)]]
        axes.barh(height, row.val, xerr=spread, capsize=3, ecolor="#223", **bar)
    elif row.val is not None:
        axes.barh(height, row.val, **bar)
    if row.labels is not None:
        axes.plot(row.labels, height, "D", color="#c9812f", label="its labels on train")
