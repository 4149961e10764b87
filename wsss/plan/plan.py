"""The plan of a configuration: its dataset, and the chains of recipes and of rows of experiments. A
chain is made when it is asked for.

A recipe that is wrong stops only whoever asks for it.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from wsss.plan.chains import Chain, Step
from wsss.plan.config import ROOT, config_model, lay_training
from wsss.plan.dataset import Dataset
from wsss.plan.experiments import Experiment, Row, read_experiment
from wsss.plan.recipes import read_recipe, recipe_files
from wsss.plan.resolving import resolve
from wsss.plan.step_settings import StepSettings
from wsss.plan.steps import StepJobs
from wsss.run.errors import UserError, nearest
from wsss.run.settings import merge, validate

FULL = "full"
"""the recipe that is full supervision"""
Json = dict[str, Any]


class Plan:
    """Recipes and experiments under one configuration.

    A recipe's settings are laid on those of `values`, except for what was `typed` on the command
    line; a row's own on all. `stated` is the part of `values` that people wrote themselves.
    """

    def __init__(
        self,
        values: Json,
        typed: Mapping[str, Any] = MappingProxyType({}),
        root: Path = ROOT,
        stated: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        if not (root / "recipes").is_dir():
            raise UserError(
                f"there is no folder recipes/ in {root}; jobs are planned in a clone of the "
                "project, an installed package is the library alone"
            )
        config: Any = validate(config_model(), lay_training(values))
        self.config, self.root = config, root
        self._values: Json = config.model_dump()
        self._typed, self.given, self.stated = typed, values, stated
        self.dataset = Dataset(config)
        self.steps = StepJobs(self.dataset, config.shards)
        self.recipes = recipe_files(root / "recipes")
        experiments = sorted((root / "experiments").glob("*.yaml"))
        self.experiments = {path.stem: path for path in experiments}
        self._chains: dict[str, Chain] = {}
        self._rows: dict[str, list[list[Chain]]] = {}
        self._steps: dict[str, Step] = {}
        self._check_names()
        self._check_steps()

    def _check_names(self) -> None:
        self._check_recipe("recipe", self.config.recipe)
        for name in self.config.compare:
            self._check_recipe("compare", name)
        if "compare" in self.recipes:
            raise UserError(
                "recipes/compare.yaml: results/compare/ is where recipes are compared; give it "
                "another name"
            )

    def _check_recipe(self, setting: str, name: str) -> None:
        if name not in self.recipes:
            raise UserError(
                f"setting '{setting}' names '{name}', which does not "
                f"exist{nearest(name, self.recipes)}; there is: {', '.join(self.recipes)}"
            )

    def _check_steps(self) -> None:
        """Refuse settings of a step that is in no recipe and no experiment; a misspelt one would
        change nothing.
        """
        if not self.config.steps:
            return
        names: set[str] = set()
        for found in self.all_chains():
            names.update(found.names)
        for name in self.config.steps:
            if name not in names:
                raise UserError(
                    f"setting 'steps' names '{name}', which is a step of no "
                    f"recipe{nearest(name, names)}; see the names of a recipe's steps with: "
                    "snakemake show_recipe --config recipe=NAME"
                )

    def chain(self, recipe: str) -> Chain:
        """The chain of a recipe."""
        if recipe not in self._chains:
            settings = StepSettings(self._values, self._typed)
            read = read_recipe(self.recipes[recipe])
            self._chains[recipe] = resolve(read, settings, self.dataset.base, self.dataset.train)
        return self._chains[recipe]

    def experiment(self, name: str) -> Experiment:
        return read_experiment(self.experiments[name])

    def rows(self, name: str) -> list[list[Chain]]:
        """For each row of an experiment the chain of each of its seeds, up to the step that is
        scored.
        """
        if name not in self._rows:
            experiment = self.experiment(name)
            split = "fit" if experiment.choice else self.dataset.train
            self._rows[name] = [self._chains_of(row, split) for row in experiment.rows]
        return self._rows[name]

    def _chains_of(self, row: Row, split: str) -> list[Chain]:
        recipe = read_recipe(self._recipe_of(row), row.chain, f", row '{row.name}'")
        chains = []
        for n in range(row.seeds):
            values = {**_longer(self._values, row.epochs), "seed": self.config.seed + n}
            settings = StepSettings(values, self._typed, row.settings, first_seed=self.config.seed)
            chains.append(resolve(recipe, settings, self.dataset.base, split).until(row.stage))
        return chains

    def _recipe_of(self, row: Row) -> Path:
        if row.recipe not in self.recipes:
            raise UserError(
                f"experiment row '{row.name}': recipe '{row.recipe}' does not exist"
                f"{nearest(row.recipe, self.recipes)}; there is: {', '.join(self.recipes)}"
            )
        return self.recipes[row.recipe]

    def prediction(self, recipe: str) -> Step:
        """The step whose predictions are a recipe's result."""
        step = self.chain(recipe).last("predictions")
        if step is None:
            last = self.chain(recipe).steps[-1].name
            raise UserError(
                f"recipe {recipe} predicts nothing, so it has no score on other photos than those "
                "of train; ask "
                f"for one of its steps: results/{recipe}/{self.dataset.name}_{last}.txt"
            )
        return step

    def step(self, folder: str) -> Step:
        """The step whose artifacts are in a folder. Recipes and experiments are searched until one
        has it.

        A step that is trained on nothing may be of chains of several splits; the dataset's own is
        preferred, since what is made of a split is read of the step that is found.
        """
        if folder not in self._steps:
            self._steps[folder] = self._found(folder)
        return self._steps[folder]

    def _found(self, folder: str) -> Step:
        other = None
        for step in itertools.chain.from_iterable(self.all_chains()):
            if step.folder != folder:
                continue
            if step.split == self.dataset.train:
                return step
            other = step
        if other is None:
            raise UserError(
                f"work/{folder} is of no recipe and no experiment under these settings; see what "
                "there is with: snakemake clean_unused -n"
            )
        return other

    def all_chains(self) -> Iterator[Chain]:
        """The chains that were asked for, then all others; recipes that are wrong are passed
        over.
        """
        yield from list(self._chains.values())
        for rows in list(self._rows.values()):
            yield from _of_rows(rows)
        for name in dict.fromkeys((self.config.recipe, *self.recipes)):
            if name not in self._chains:
                yield from self._if_right(self._of_recipe, name)
        for name in self.experiments:
            if name not in self._rows:
                yield from self._if_right(self._of_experiment, name)

    def _of_recipe(self, name: str) -> list[Chain]:
        return [self.chain(name)]

    def _of_experiment(self, name: str) -> list[Chain]:
        return _of_rows(self.rows(name))

    @staticmethod
    def _if_right(chains_of: Callable[[str], list[Chain]], name: str) -> list[Chain]:
        try:
            return chains_of(name)
        except UserError:
            return []


def _of_rows(rows: list[list[Chain]]) -> list[Chain]:
    """The chains of all rows of an experiment."""
    return list(itertools.chain.from_iterable(rows))


def _longer(values: Json, factor: float) -> Json:
    """Settings with another number of epochs of the classifier."""
    if factor == 1:
        return values
    epochs = max(1, round(values["classifier"]["epochs"] * factor))
    return merge(values, {"classifier": {"epochs": epochs}})
