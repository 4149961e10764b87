"""Experiments test published claims. A row is a recipe with settings of its own, trained with one
or more seeds.

A file in experiments/ is a target: `snakemake claims_seam` runs the rows of experiments/seam.yaml.
"""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from wsss.run.errors import UserError
from wsss.run.settings import Settings, read_yaml, validate


class Row(Settings):
    """One row: what is trained, and the step of the chain whose score on train is shown."""

    name: str
    """what the row is called"""
    recipe: str
    """the recipe it starts from"""
    stage: str
    """the step whose artifact is scored"""
    chain: dict[str, Any] = Field(default_factory=dict)
    """steps laid on the recipe's; null leaves one out"""
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """settings laid on those of the recipe"""
    epochs: PositiveFloat = 1.0
    """factor on the classifier's epochs, for baselines that get the time of a costlier method"""
    seeds: PositiveInt = 1
    """how many trainings, with seeds from the configured one upwards"""


class Experiment(Settings):
    """A file in experiments/."""

    about: str
    """one line for people"""
    published: str = ""
    """the published figures, for comparison"""
    beside: Literal["classifier", "grow", "confident", "cost", "nothing"] = "classifier"
    """what is shown beside the score of a row's step: its classifier's, what its network on seeds
    had, how far a walk agrees with the confident areas that its affinities learned from (which asks
    for no mask), the core-seconds that the step took, or nothing"""
    choice: bool = False
    """a choice between rows: all train on `fit`; classifiers are scored on `tune` by its tags,
    predictions by its masks"""
    rows: tuple[Row, ...]
    """the rows"""


def read_experiment(path: Path) -> Experiment:
    """An experiment file, validated."""
    experiment = validate(Experiment, read_yaml(path, "experiment"), path.name)
    for row in experiment.rows:
        if experiment.choice and row.stage not in ("classifier", "predict"):
            raise UserError(
                f"experiment {path.name}, row '{row.name}': a choice is made by photos that did "
                "not train; take "
                f"'stage: classifier' or 'stage: predict', not '{row.stage}'"
            )
        if row.stage == "classifier" and not experiment.choice:
            raise UserError(
                f"experiment {path.name}, row '{row.name}': 'stage: classifier' is for choices; "
                "take a stage "
                "with a score against masks, or say 'choice: true'"
            )
        if experiment.beside == "confident" and row.stage != "walk":
            raise UserError(
                f"experiment {path.name}, row '{row.name}': 'beside: confident' is for walks; take "
                "'stage: walk', "
                f"not '{row.stage}'"
            )
    return experiment
