"""The table of an experiment that puts whole recipes side by side (`beside: recipe`): for each what
people had to know, how good its steps are, what share of full supervision it reaches, and its cost.

Below the table stands what the figures of each column are, for who has never seen such a table.
Besides what `experiment_rows` gives, a row has `recipe` (what its recipe is, in a line), `known`
(what people had to know of the photos that train), `published` (the published figure) and `ceiling`
(the row with full supervision).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from wsss.data.cells import markdown_cell
from wsss.report.cost import Cost, cost_of
from wsss.report.experiment import left_out_lines
from wsss.report.row_figures import Figures, Json

OWN = ("maps", "labels", "labelled", "miou", "low", "high", "share")
"""figures of a row, in percent"""
DIFFERENCE = ("gain", "gain_low", "gain_high")
"""figures of a row beside another one, each under NAME.FIGURE, in points of mIoU"""
COSTS = ("trainings", "minutes", "peak_mb")
"""figures of what a row costs"""
PHOTOS = ("photos_train", "photos_val")
"""how many photos the steps and the predictions of a row were scored on"""
NONE = "–"
"""the cell of a figure that is not known"""
SCORE = (
    "Scores are mIoU in percent. The IoU of a class is the overlap of its predicted and its true "
    "pixels, as a share of all that are one or the other. The mIoU is the mean over the classes "
    f"and the background; 100 is perfect. {NONE} stands where a recipe has no such step, and where "
    "the other row was not run."
)


@dataclass(frozen=True)
class Column:
    """A column of the table."""

    heading: str
    cell: Callable[[Json], str]
    """from a row to its cell"""
    about: str
    """what its figures are"""


def recipe_keys(compared: Sequence[str]) -> list[str]:
    """The figures of a row; `compared` names the rows that each row is compared with."""
    return [*OWN, *(f"{name}.{key}" for name in compared for key in DIFFERENCE), *COSTS, *PHOTOS]


def chain_costs(trainings: int, folders: Iterable[str]) -> Figures:
    """What a chain costs: its number of trainings, and the minutes and the largest memory (MB) that
    the notes in its steps' folders tell; None where there is no note.
    """
    found = [cost for folder in folders if (cost := cost_of(folder)) is not None]
    total = sum(found, Cost())
    return {
        "trainings": trainings,
        "minutes": total.seconds / 60 if found else None,
        "peak_mb": total.peak_mb if found else None,
    }


def recipes_table(about: str, published: str, compared: Sequence[str], rows: Sequence[Json]) -> str:
    """The rows as a Markdown page; `compared` names the rows that each is compared with, and
    `published` says what published figures are of.
    """
    columns = _columns(published, compared, rows)
    lines = [about, "", f"| {' | '.join(column.heading for column in columns)} |"]
    lines.append("|---" * len(columns) + "|")
    for row in rows:
        lines.append(f"| {' | '.join(column.cell(row) for column in columns)} |")
    lines += [*left_out_lines(rows), "", f"{SCORE}{_photos(rows)}", "", *_explained(columns)]
    lines += ["", "The rows:", ""]
    lines += [f"- {markdown_cell(row['name'])}: {markdown_cell(row['recipe'])}" for row in rows]
    return "\n".join(lines) + "\n"


def _explained(columns: Sequence[Column]) -> list[str]:
    """What the figures of each column are; one line for columns of one kind."""
    headings: dict[str, list[str]] = {}
    for column in columns:
        headings.setdefault(column.about, []).append(f"**{column.heading}**")
    return [f"- {', '.join(names)}: {about}" for about, names in headings.items()]


def _photos(rows: Sequence[Json]) -> str:
    """A sentence on the number of photos; "" as long as no row was run."""
    train, val = (max((row["mean"][key] or 0 for row in rows), default=0) for key in PHOTOS)
    if not val:
        return ""
    return f" Scored were {train:.0f} photos that train, and {val:.0f} of val."


def _columns(published: str, compared: Sequence[str], rows: Sequence[Json]) -> list[Column]:
    """The columns in their order, without one of published figures where there are none."""
    columns = [*OF_SCORES, *map(_compared, compared)]
    columns.append(Column("% of full", _number("share", 0), f"{SHARE} {_ceilings(rows)}"))
    columns += OF_COSTS
    if any(row["published"] for row in rows):
        columns.append(Column("published", _published, markdown_cell(published)))
    return columns


def _compared(name: str) -> Column:
    """The column of the difference to another row."""
    return Column(f"above {markdown_cell(name)}", lambda row: _difference(row, name), DIFFERS)


def _ceilings(rows: Sequence[Json]) -> str:
    """Which row is full supervision, in words: the most usual one, and which rows have another."""
    of: dict[str, list[str]] = {}
    for row in rows:
        if row["ceiling"]:
            of.setdefault(row["ceiling"], []).append(markdown_cell(row["name"]))
    if not of:
        return ""
    usual, *others = sorted(of, key=lambda full: -len(of[full]))
    parts = [f"; for {', '.join(of[full])} the row '{markdown_cell(full)}'" for full in others]
    return f"It is the row '{markdown_cell(usual)}'{''.join(parts)}."


def _name(row: Json) -> str:
    seeds = f" ({row['seeds']} seeds)" if row["seeds"] > 1 else ""
    return f"{markdown_cell(row['name'])}{seeds}"


def _published(row: Json) -> str:
    return markdown_cell(row["published"]) or NONE


def _number(key: str, digits: int = 1) -> Callable[[Json], str]:
    """A function that gives the cell of a figure: its mean ± its deviation over seeds."""

    def cell(row: Json) -> str:
        mean, spread = row["mean"][key], row["spread"][key]
        if mean is None:
            return NONE
        return f"{mean:.{digits}f}" + ("" if spread is None else f" ± {spread:.{digits}f}")

    return cell


def _labels(row: Json) -> str:
    """The score of the labels, and how many pixels have one, unless nearly all have."""
    labelled = row["mean"]["labelled"]
    some = labelled is not None and labelled < 99.5
    return _number("labels")(row) + (f" ({labelled:.0f} % labelled)" if some else "")


def _val(row: Json) -> str:
    return f"**{_number('miou')(row)}**" if row["seeds"] else "not run"


def _range(row: Json) -> str:
    low, high = row["mean"]["low"], row["mean"]["high"]
    return NONE if low is None else f"{low:.1f} to {high:.1f}"


def _difference(row: Json, name: str) -> str:
    """The difference to the row `name`, and its range."""
    gain, low, high = (row["mean"][f"{name}.{key}"] for key in DIFFERENCE)
    if gain is None:
        return NONE
    tie = ", a tie" if low <= 0 <= high else ""
    return f"{gain:+.1f} ({low:.1f} to {high:.1f}){tie}"


OF_SCORES = (
    Column(
        "recipe",
        _name,
        "A file in `recipes/`, and what the row changes of it. With several seeds (random numbers "
        "of a training) figures are means ± the standard deviation.",
    ),
    Column(
        "known",
        lambda row: row["known"],
        "What people had to know of each photo that trains. Tags say which classes are in it.",
    ),
    Column(
        "class maps",
        _number("maps"),
        "Score, on the photos that train, of the maps that show where a network sees each class; "
        "the refined ones, where a recipe refines them. A pixel is background where all classes "
        "are below a threshold. Here it is the best one, which only true masks can tell.",
    ),
    Column(
        "labels",
        _labels,
        "Score, on the photos that train, of the label maps that the last network learns from. "
        "Pixels without a label count as wrong. Where there are some, the share of the others "
        "stands beside the score.",
    ),
    Column("val", _val, "Score of the predictions on the photos of val, of which nothing learns."),
    Column(
        "95 % range",
        _range,
        "Where the score on val would lie 95 times of 100 with other photos of the same kind. It "
        "does not say how much a training with another seed would differ.",
    ),
)
DIFFERS = (
    "Points on val above that row, on the same photos, and the 95 % range of this difference. "
    "Where 0 is in the range, it is a tie: other photos might turn it round."
)
SHARE = (
    "Score on val in percent of that of full supervision: a segmentation network trained on true "
    "masks. What a recipe adds to training and prediction is added there, too, if it helps."
)
OF_COSTS = (
    Column("trainings", _number("trainings", 0), "How many networks are trained."),
    Column(
        "minutes",
        _number("minutes"),
        "Time of all jobs, as if one ran after the other. A step that rows have in common runs "
        "once, and counts in each of them.",
    ),
    Column("peak MB", _number("peak_mb", 0), "The largest main memory of one job."),
)
