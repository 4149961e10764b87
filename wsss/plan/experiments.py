"""Reads experiment files. An experiment is a table that tests a published claim. Each of its rows
is a recipe with settings of its own, trained with one or more seeds.

Each file in experiments/ has a target: `snakemake claims_seam` runs experiments/seam.yaml.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PositiveFloat

from wsss.run.errors import HIDDEN, UserError, nearest
from wsss.run.settings import Settings, validate
from wsss.run.yaml_files import read_yaml

SHOWN_WITH = {
    "against": ("foreground",),
    "ceiling": ("foreground", "recipe"),
    "compared_with": ("recipe",),
    "published": ("recipe",),
}
"""key -> the values of `beside` that show it"""


class Row(Settings):
    """One row: what is trained, and the step whose score is shown."""

    name: str
    """the row's name in the table"""
    recipe: str
    """the recipe that the row starts from"""
    stage: str
    """the name of the step whose artifact is scored; later steps are left out"""
    chain: dict[str, Any] = Field(default_factory=dict)
    """steps that replace or add to the recipe's, as in a recipe file; null leaves a step out"""
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """settings that override those of the recipe, by kind or name of a step"""
    epochs: PositiveFloat = 1.0
    """factor on the classifier's epochs, so that a baseline trains as long as a costlier method"""
    seeds: int = Field(1, ge=1, le=1000)
    """the number of trainings, with the configured seed and the ones after it"""
    against: str | None = None
    """with `beside: foreground`, the name of another row: the gain over it is shown"""
    ceiling: str | None = None
    """with `beside: foreground` and `recipe`, the name of the row with full supervision: the share
    of its mIoU is shown"""
    published: str = ""
    """with `beside: recipe`, the published figure"""


class Experiment(Settings):
    """A file in experiments/."""

    about: str
    """one line that says what is tested"""
    published: str = ""
    """the published figures, for comparison; with `beside: recipe`, what those of the rows are of
    """
    beside: Literal[
        "classifier", "grow", "confident", "cost", "foreground", "recipe", "nothing"
    ] = "classifier"
    """what is shown beside a row's score. `classifier`: its classifier's mAP and the inconsistency
    of its maps; `grow`: precision and recall of the labels that supervised its network trained on
    seeds, in the first and the last epoch; `confident`: the agreement of its walk with the
    confident areas that its affinities were trained on, which needs no masks; `cost`: core-seconds
    of the step for each photo; `foreground`: how much of the objects is found, the gain over the
    row `against` on the same photos, and the share of the row `ceiling`; then the mIoU and the gain
    on each list of photos (the setting `lists`); `recipe`: what people had to know, the scores of
    the last class maps and labels on train, the gains over the rows `compared_with`, the share of
    the row `ceiling`, and the number of trainings, minutes and memory of the whole recipe"""
    compared_with: tuple[str, ...] = ()
    """with `beside: recipe`, the names of rows: the gain of every row over each of them is shown"""
    choice: bool = False
    """whether the rows are hyperparameters to choose from: all train on `fit`; classifiers are
    scored on the tags of `tune`, predictions on its masks"""
    rows: tuple[Row, ...]
    """the rows, in the table's order"""


def read_experiment(path: Path) -> Experiment:
    """The experiment in a file. A UserError names a row that contradicts `choice` or `beside`."""
    experiment = validate(Experiment, read_yaml(path, "experiment"), path.name)
    for row in experiment.rows:
        problem = _contradiction(experiment, row)
        if problem:
            raise UserError(f"experiment {path.name}, row '{row.name}': {problem}")
    _check_names(experiment, path.name)
    _check_compared(experiment, path.name)
    return experiment


def _contradiction(experiment: Experiment, row: Row) -> str:
    """What of a row contradicts `choice` or `beside`, with the way out; "" where nothing does."""
    if experiment.choice and row.stage not in ("classifier", "predict"):
        return (
            "a choice is made on photos that no network was trained on; take 'stage: classifier' "
            f"or 'stage: predict', not '{row.stage}'"
        )
    if row.stage == "classifier" and not experiment.choice:
        return (
            "'stage: classifier' is for choices; take a stage with a score against masks, or say "
            "'choice: true'"
        )
    if experiment.beside == "confident" and row.stage != "walk":
        return f"'beside: confident' is for walks; take 'stage: walk', not '{row.stage}'"
    if experiment.beside == "recipe" and experiment.choice:
        return "'beside: recipe' shows scores on val, which choose nothing; take out 'choice'"
    return ""


def _check_names(experiment: Experiment, file: str) -> None:
    """Refuse a row whose name is empty, forges lines, or is that of another row."""
    names: set[str] = set()
    for row in experiment.rows:
        if not row.name.strip() or HIDDEN.search(row.name):
            raise UserError(
                f"experiment {file}: the name of a row, {row.name!r}, is empty, or has an end of "
                "line or another hidden character; rename the row"
            )
        if row.name in names:
            raise UserError(
                f"experiment {file} has two rows called '{row.name}'; rename one, for rows are "
                "compared by name"
            )
        names.add(row.name)


def _check_compared(experiment: Experiment, file: str) -> None:
    """Refuse a row that is compared with one that does not exist, or to no end."""
    where = f"experiment {file}"
    for name in experiment.compared_with:
        _check_shown(experiment, "compared_with", where)
        _check_row(experiment, name, where)
    for row in experiment.rows:
        where = f"experiment {file}, row '{row.name}'"
        if row.published:
            _check_shown(experiment, "published", where)
        for key, other in (("against", row.against), ("ceiling", row.ceiling)):
            if other is not None:
                _check_shown(experiment, key, where)
                _check_row(experiment, other, where)


def _check_shown(experiment: Experiment, key: str, where: str) -> None:
    """Refuse a key that `beside` does not show; `where` begins the message."""
    if experiment.beside not in SHOWN_WITH[key]:
        shown = " or ".join(f"'beside: {beside}'" for beside in SHOWN_WITH[key])
        raise UserError(f"{where}: '{key}' is shown with {shown}; say that, or take it out")


def _check_row(experiment: Experiment, name: str, where: str) -> None:
    """Refuse to compare with a row that does not exist; `where` begins the message."""
    names = [row.name for row in experiment.rows]
    if name not in names:
        raise UserError(f"{where} is compared with '{name}', which is no row{nearest(name, names)}")
