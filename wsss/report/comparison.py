"""Several recipes on the same dataset: a row each, as CSV, as Markdown and as a picture."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

Row = dict[str, Any]
LAST = ("val", "low", "high", "share_of_full", "minutes", "peak_mb")


def comparison(summaries: Sequence[Row], full: str) -> list[Row]:
    """Of each recipe the mIoU of its stages on train, of its prediction (`val`, with its 95 %
    interval `low` to `high`) and that as a percentage of the recipe `full` if it is among them; job
    minutes and largest memory. None where there is none.
    """
    ceiling = next((s["final"].get("miou") for s in summaries if s["name"] == full), None)
    return [_row(summary, ceiling) for summary in summaries]


def _row(summary: Row, ceiling: float | None) -> Row:
    stages = {}
    for stage in summary["stages"]:
        if stage["split"] == "train" and stage["miou"] is not None:
            stages[stage["name"]] = stage["miou"]
    miou = summary["final"].get("miou")
    low, high = summary["final"].get("interval") or (None, None)
    return {
        "recipe": summary["name"],
        "stages": stages,
        "val": miou,
        "low": low,
        "high": high,
        "share_of_full": 100 * miou / ceiling if miou is not None and ceiling else None,
        "minutes": summary["cost"].seconds / 60,
        "peak_mb": summary["cost"].peak_mb,
    }


def comparison_csv(rows: Sequence[Row], steps: Sequence[str]) -> str:
    """A line a recipe, a column for each of `steps`; empty where there is no figure."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["recipe", *(f"{name}_train" for name in steps), *LAST])
    for row in rows:
        values = [row["stages"].get(name) for name in steps]
        values += [row[key] for key in LAST]
        cells = ["" if value is None else f"{value:.2f}" for value in values]
        writer.writerow([row["recipe"], *cells])
    return text.getvalue()


def comparison_table(rows: Sequence[Row], steps: Sequence[str], dataset: str, split: str) -> str:
    """The same for people."""
    head = ["recipe", *steps, f"**{split}**", "95 %", "share of full", "minutes", "peak MB"]
    lines = [
        f"# {dataset}: recipes compared",
        "",
        "mIoU in percent: of the stages on train (class maps at 0.20), of the prediction on "
        f"{split} with the interval "
        "over other draws of its photos. Minutes of all jobs of a chain together, shared stages "
        "counted in each.",
        "",
        f"| {' | '.join(head)} |",
        "|---" * len(head) + "|",
    ]
    for row in rows:
        interval = "" if row["low"] is None else f"{row['low']:.1f} to {row['high']:.1f}"
        cells = [
            *(_cell(row["stages"].get(name)) for name in steps),
            f"**{_cell(row['val'])}**",
            interval,
            _cell(row["share_of_full"], "%.0f %%"),
            _cell(row["minutes"]),
            _cell(row["peak_mb"], "%d"),
        ]
        lines.append(f"| {row['recipe']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(value: float | None, form: str = "%.1f") -> str:
    return "–" if value is None else form % value


def comparison_figure(rows: Sequence[Row], title: str) -> Figure:
    """The predictions' mIoU as bars with their intervals, and the labels that they were trained on
    as marks.
    """
    figure = Figure(figsize=(6.4, 1.2 + 0.45 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for k, row in enumerate(reversed(rows)):
        if row["val"] is not None:
            spread = [
                [max(0, row["val"] - row["low"])],
                [max(0, row["high"] - row["val"])],
            ]  # few photos: may lie outside
            axes.barh(
                k, row["val"], xerr=spread, color="#4f7cd6", height=0.6, capsize=3, ecolor="#223"
            )
        if "labels" in row["stages"]:
            axes.plot(row["stages"]["labels"], k, "D", color="#c9812f", label="its labels on train")
    axes.set_yticks(range(len(rows)), [row["recipe"] for row in reversed(rows)])
    axes.set(xlabel="mIoU, %", title=title, xlim=(0, None))
    axes.spines[["top", "right"]].set_visible(False)
    marks = axes.get_legend_handles_labels()[0]
    if marks:
        axes.legend(handles=marks[:1], loc="lower right", fontsize=8)
    return figure
