"""The plan of a configuration: its dataset, the chains of its recipes, and the chains of the rows
of experiments.

A chain is made when it is first asked for. So an error in a recipe stops only the targets that need
that recipe.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from wsss.plan.chains import Chain, Step
from wsss.plan.config import ROOT, apply_training, config_model
from wsss.plan.datasets.registry import dataset_of
from wsss.plan.experiments import Experiment, Row, read_experiment
from wsss.plan.file_names import read_names
from wsss.plan.misplaced import check_places
from wsss.plan.missing_inputs import find_missing
from wsss.plan.photo_lists import check_names
from wsss.plan.recipes import read_recipe, recipe_files
from wsss.plan.resolving import resolve
from wsss.plan.step_settings import StepSettings
from wsss.plan.steps import StepJobs
from wsss.run.errors import UserError, nearest
from wsss.run.settings import merge, validate

FULL = "full"
"""the recipe of full supervision, with which reports compare"""
Json = dict[str, Any]


class Plan:
    """Recipes and experiments under one configuration.

    `values` is the configuration, `typed` its part from the command line, and `stated` the part
    that people set themselves (given.py). A recipe's settings override `values` but not `typed`;
    those of an experiment's row override both. `root` is the folder with recipes/ and experiments/.
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
        check_places(values, config_model())
        config: Any = validate(config_model(), apply_training(values))
        self.config, self.root = config, root
        self._values: Json = config.model_dump()
        self._typed, self.given, self.stated = typed, values, stated
        self.dataset = dataset_of(config)
        self.steps = StepJobs(self.dataset, config.shards)
        self.recipes = recipe_files(root / "recipes")
        self.experiments = read_names(root / "experiments", "experiment")
        self._chains: dict[str, Chain] = {}
        self._rows: dict[str, list[list[Chain]]] = {}
        self._steps: dict[str, Step] = {}
        self._check_names()
        self._check_steps()
        self._check_lists()

    def _check_names(self) -> None:
        """Refuse unknown recipes in the settings, and a recipe called compare."""
        self._check_recipe("recipe", self.config.recipe)
        for name in self.config.compare:
            self._check_recipe("compare", name)
        if "compare" in self.recipes:
            raise UserError(
                "recipes/compare.yaml has the name of the folder results/compare/, which compares "
                "recipes; rename the recipe"
            )

    def _check_recipe(self, setting: str, name: str) -> None:
        """Refuse a setting that names an unknown recipe."""
        if name not in self.recipes:
            raise UserError(
                f"setting '{setting}' names '{name}', which does not "
                f"exist{nearest(name, self.recipes)}; there are: {', '.join(self.recipes)}"
            )

    def _check_steps(self) -> None:
        """Refuse settings of a step that is in no recipe and no experiment (a mistyped name)."""
        if not self.config.steps:
            return
        names = self._names_of_steps()
        for name in self.config.steps:
            if name not in names:
                raise UserError(
                    f"setting 'steps' names '{name}', which is a step of no "
                    f"recipe{nearest(name, names)}; see the names of a recipe's steps with: "
                    "snakemake --config recipe=NAME -- show_recipe"
                )

    def _check_lists(self) -> None:
        """Refuse a list of photos with the name of a split or of a step."""
        if self.config.lists:
            check_names(self.config.lists, self._names_of_steps())

    def _names_of_steps(self) -> set[str]:
        """The names of the steps of all recipes and experiments."""
        names: set[str] = set()
        for chain in self.all_chains():
            names.update(chain.names)
        return names

    def chain(self, recipe: str) -> Chain:
        """The chain of a recipe."""
        if recipe not in self._chains:
            settings = StepSettings(self._values, self._typed)
            read = read_recipe(self.recipes[recipe])
            self._chains[recipe] = resolve(read, settings, self.dataset.base, self.dataset.train)
        return self._chains[recipe]

    def experiment(self, name: str) -> Experiment:
        """The experiment in experiments/NAME.yaml."""
        return read_experiment(self.experiments[name])

    def rows(self, name: str) -> list[list[Chain]]:
        """For each row of an experiment its chains, one for each seed, up to the step that is
        scored.
        """
        if name not in self._rows:
            experiment = self.experiment(name)
            split = "fit" if experiment.choice else self.dataset.train
            self._rows[name] = [self._chains_of(row, split) for row in experiment.rows]
        return self._rows[name]

    def rows_to_run(self, name: str) -> list[list[Chain]]:
        """`rows`, with no chains for those that are left out."""
        left_out = self.left_out(name)
        return [[] if row in left_out else chains for row, chains in enumerate(self.rows(name))]

    def left_out(self, name: str) -> dict[int, str]:
        """The rows of an experiment that are not run: number from 0 -> what to give, in words. They
        come after as many rows as the setting claims_rows says, or lack what only people can give.
        """
        most, found = self.config.claims_rows, {}
        for row, chains in enumerate(self.rows(name)):
            if most is not None and row >= most:
                found[row] = f"give a claims_rows above {most}, or none"
            elif missing := find_missing(chains[0], self.dataset):
                found[row] = missing
        return found

    def _chains_of(self, row: Row, split: str) -> list[Chain]:
        """The chains of a row, one for each seed, whose networks are trained on `split`."""
        recipe = read_recipe(self._recipe_of(row), row.chain, f", row '{row.name}'")
        chains = []
        for n in range(row.seeds):
            values = {**_with_epochs(self._values, row.epochs), "seed": self.config.seed + n}
            settings = StepSettings(values, self._typed, row.settings, first_seed=self.config.seed)
            chains.append(resolve(recipe, settings, self.dataset.base, split).until(row.stage))
        return chains

    def _recipe_of(self, row: Row) -> Path:
        """The file of the recipe that a row starts from."""
        if row.recipe not in self.recipes:
            raise UserError(
                f"experiment row '{row.name}': recipe '{row.recipe}' does not exist"
                f"{nearest(row.recipe, self.recipes)}; there are: {', '.join(self.recipes)}"
            )
        return self.recipes[row.recipe]

    def prediction(self, recipe: str) -> Step:
        """The step whose predictions are a recipe's result."""
        step = self.chain(recipe).last("predictions")
        if step is None:
            last = self.chain(recipe).steps[-1].name
            raise UserError(
                f"recipe {recipe} predicts nothing, so it has no score on other photos than those "
                "of train; ask for one of its steps: "
                f"results/{recipe}/{self.dataset.name}_{last}.txt"
            )
        return step

    def step(self, folder: str) -> Step:
        """The step whose artifacts are in `folder`, of the first recipe or experiment that has it.

        A step that trains nothing has one folder in chains that train on different splits. Then the
        step of the dataset's training split is taken, because `split` of the step affects its jobs.
        """
        if folder not in self._steps:
            self._steps[folder] = self._find(folder)
        return self._steps[folder]

    def _find(self, folder: str) -> Step:
        """The step of a folder; a UserError where no recipe and no experiment has it."""
        other = None
        for step in itertools.chain.from_iterable(self.all_chains()):
            if step.folder != folder:
                continue
            if step.split == self.dataset.train:
                return step
            other = step
        if other is None:
            raise UserError(
                f"work/{folder} belongs to no recipe and no experiment under these settings; see "
                "all such folders with: snakemake clean_unused -n"
            )
        return other

    def all_chains(self) -> Iterator[Chain]:
        """All chains of recipes and experiments, those that were made already first. Recipes and
        experiments with errors are skipped.
        """
        yield from list(self._chains.values())
        for rows in list(self._rows.values()):
            yield from _of_rows(rows)
        for name in dict.fromkeys((self.config.recipe, *self.recipes)):
            if name not in self._chains:
                yield from self._if_valid(self._of_recipe, name)
        for name in self.experiments:
            if name not in self._rows:
                yield from self._if_valid(self._of_experiment, name)

    def _of_recipe(self, name: str) -> list[Chain]:
        return [self.chain(name)]

    def _of_experiment(self, name: str) -> list[Chain]:
        return _of_rows(self.rows(name))

    @staticmethod
    def _if_valid(chains_of: Callable[[str], list[Chain]], name: str) -> list[Chain]:
        """The chains of a recipe or an experiment; [] where it has an error."""
        try:
            return chains_of(name)
        except UserError:
            return []


def _of_rows(rows: list[list[Chain]]) -> list[Chain]:
    """The chains of all rows of an experiment."""
    return list(itertools.chain.from_iterable(rows))


def _with_epochs(values: Json, factor: float) -> Json:
    """The configuration with the classifier's epochs times a factor, rounded, at least 1."""
    if factor == 1:
        return values
    epochs = max(1, round(values["classifier"]["epochs"] * factor))
    return merge(values, {"classifier": {"epochs": epochs}})
