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
    """with `beside: foreground`, the name of the row with full supervision: the share of its
    mIoU is shown"""


class Experiment(Settings):
    """A file in experiments/."""

    about: str
    """one line that says what is tested"""
    published: str = ""
    """the published figures, for comparison"""
    beside: Literal["classifier", "grow", "confident", "cost", "foreground", "nothing"] = (
        "classifier"
    )
    """what is shown beside a row's score. `classifier`: its classifier's mAP and the inconsistency
    of its maps; `grow`: precision and recall of the labels that supervised its network trained on
    seeds, in the first and the last epoch; `confident`: the agreement of its walk with the
    confident areas that its affinities were trained on, which needs no masks; `cost`: core-seconds
    of the step for each photo; `foreground`: how much of the objects is found, the gain over the
    row `against` on the same photos, and the share of the row `ceiling`; then the mIoU and the gain
    on each list of photos (the setting `lists`)"""
    choice: bool = False
    """whether the rows are hyperparameters to choose from: all train on `fit`; classifiers are
    scored on the tags of `tune`, predictions on its masks"""
    rows: tuple[Row, ...]
    """the rows, in the table's order"""


def read_experiment(path: Path) -> Experiment:
    """The experiment in a file. A UserError names a row that contradicts `choice` or `beside`."""
    experiment = validate(Experiment, read_yaml(path, "experiment"), path.name)
    for row in experiment.rows:
        if experiment.choice and row.stage not in ("classifier", "predict"):
            raise UserError(
                f"experiment {path.name}, row '{row.name}': a choice is made on photos that no "
                "network was trained on; take 'stage: classifier' or 'stage: predict', not "
                f"'{row.stage}'"
            )
        if row.stage == "classifier" and not experiment.choice:
            raise UserError(
                f"experiment {path.name}, row '{row.name}': 'stage: classifier' is for choices; "
                "take a stage with a score against masks, or say 'choice: true'"
            )
        if experiment.beside == "confident" and row.stage != "walk":
            raise UserError(
                f"experiment {path.name}, row '{row.name}': 'beside: confident' is for walks; take "
                f"'stage: walk', not '{row.stage}'"
            )
    _check_names(experiment, path.name)
    _check_compared(experiment, path.name)
    return experiment


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
    names = [row.name for row in experiment.rows]
    for row in experiment.rows:
        compared = [other for other in (row.against, row.ceiling) if other is not None]
        if compared and experiment.beside != "foreground":
            raise UserError(
                f"experiment {file}, row '{row.name}': 'against' and 'ceiling' are shown with "
                "'beside: foreground'; say that, or take them out"
            )
        for other in compared:
            if other not in names:
                raise UserError(
                    f"experiment {file}, row '{row.name}' is compared with '{other}', which is no "
                    f"row{nearest(other, names)}"
                )
