"""The jobs of reports and comparisons: which artifacts, scores and models of which recipes they
read.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from wsss.plan.chains import Step
from wsss.plan.jobs import Artifact, Job
from wsss.plan.plan import FULL, Plan
from wsss.plan.scores import ScoreJobs, scored_names
from wsss.plan.steps import MASKS
from wsss.run.errors import UserError

VAL = "val"


class ReportJobs:
    """What reports show of recipes. Keys of artifacts are RECIPE/STEP/SPLIT, RECIPE/STEP or
    RECIPE.
    """

    def __init__(self, plan: Plan, scores: ScoreJobs, is_fresh: Callable[[Job], bool]) -> None:
        self._plan, self._scores, self._is_fresh = plan, scores, is_fresh

    def names(self, recipes: Sequence[str]) -> list[str]:
        """The steps of recipes that make something to look at, in their order."""
        found: list[str] = []
        for recipe in recipes:
            for step in self._plan.chain(recipe):
                found += [name for name, _ in scored_names(step)]
        return [*dict.fromkeys(found), MASKS]

    def report(self, recipes: Sequence[str], name: str) -> Job:
        """The report of one recipe or of several side by side."""
        out = {
            "page": f"results/{name}/report/index.html",
            "pictures": f"results/{name}/report/pictures",
        }
        inputs = {
            "artifacts": list(self._artifacts(recipes)),
            "scores": list(self._all_scores(recipes)),
            "models": list(self._models(recipes)),
            "agreement": self._agreements(recipes),
            "full": self._full_for(recipes),
        }
        return Job(
            "report",
            "write_report.py",
            out,
            inputs,
            index=self._plan.dataset.artifact,
            read=("mask",),
            settings=self._plan.config.report.model_dump(mode="json"),
            options={
                "recipes": list(recipes),
                "about": self._about(recipes),
                "steps": self.names(recipes),
                "folders": list(self._folders(recipes)),
                "split": VAL,
            },
        )

    def _about(self, recipes: Sequence[str]) -> list[str]:
        return [f"{recipe}={self._plan.chain(recipe).about}" for recipe in recipes]

    def _artifacts(self, recipes: Sequence[str]) -> Iterator[Artifact]:
        """What the steps made of train, the predictions on val, and the masks of photos of one's
        own.
        """
        for recipe in recipes:
            for name, one in self._scores.made_of_train(recipe):
                yield Artifact(one.path, one.job, f"{recipe}/{name}/train")
            last = self._plan.chain(recipe).last("predictions")
            if last is not None:
                yield from self._predicted(recipe, last)

    def _predicted(self, recipe: str, last: Step) -> Iterator[Artifact]:
        """The predictions on val, and the masks of photos of one's own."""
        steps = self._plan.steps
        yield from _keyed(steps.artifacts(last, "predictions", VAL), f"{recipe}/{last.name}/{VAL}")
        if self._plan.dataset.own:
            for split in ("train", VAL, "rest"):
                yield from _keyed(steps.masks(last), f"{recipe}/{MASKS}/{split}")

    def _all_scores(self, recipes: Sequence[str]) -> Iterator[Artifact]:
        """The scores of the steps on train, and of the predictions."""
        for recipe in recipes:
            chain = self._plan.chain(recipe)
            for name, score in self._scores.on_train(chain):
                yield Artifact(score.path, score.job, f"{recipe}/{name}/train")
            last = chain.last("predictions")
            if last is not None:
                yield from _keyed([self._scores.score_of(last, VAL)], f"{recipe}/{last.name}/{VAL}")

    def _models(self, recipes: Sequence[str]) -> Iterator[Artifact]:
        """The networks that were trained."""
        for recipe in recipes:
            for step in self._plan.chain(recipe):
                if step.of.trains:
                    yield from _keyed([self._plan.steps.model(step)], f"{recipe}/{step.name}")

    def _agreements(self, recipes: Sequence[str]) -> list[Artifact]:
        found = [(recipe, self._scores.agreement_of(recipe)) for recipe in recipes]
        return [Artifact(one.path, one.job, recipe) for recipe, one in found]

    def _folders(self, recipes: Sequence[str]) -> Iterator[str]:
        """RECIPE/STEP=FOLDER of every step."""
        for recipe in recipes:
            for step in self._plan.chain(recipe):
                yield f"{recipe}/{step.name}=work/{step.folder}"

    def _full_for(self, recipes: Sequence[str]) -> list[Artifact]:
        """The score of full supervision at these settings where it is known, or one of the recipes;
        a report alone does not ask for it.
        """
        if FULL not in self._plan.recipes:
            return []
        return self._full if self._full_is_known or FULL in recipes else []

    @cached_property
    def _full(self) -> list[Artifact]:
        try:
            return [self._scores.score_of(self._plan.prediction(FULL), VAL)]
        except UserError:  # a draft of that recipe that is wrong stops no report
            return []

    @cached_property
    def _full_is_known(self) -> bool:
        """Decided once, while planning: when the report is written it may have been made."""
        return any(one.job is not None and self._is_fresh(one.job) for one in self._full)

    def compare(self) -> Job:
        """The recipes of the setting `compare`, a row each."""
        plan, place = self._plan, f"results/compare/{self._plan.dataset.name}"
        recipes = list(plan.config.compare)
        return Job(
            "compare",
            "compare_recipes.py",
            {"csv": f"{place}.csv", "table": f"{place}.md", "picture": f"{place}.png"},
            {"scores": list(self._all_scores(recipes))},
            options={
                "recipes": recipes,
                "steps": self.names(recipes),
                "folders": list(self._folders(recipes)),
                "dataset": plan.dataset.name,
            },
        )

    def pack(self, of: str) -> Job:
        """A report as a single file."""
        recipes = list(self._plan.config.compare) if of == "compare" else [of]
        report = self.report(recipes, of)
        return Job(
            "pack_report",
            "pack_report.py",
            {"out": f"results/{of}/report.html"},
            {name: [Artifact(path, report)] for name, path in report.outputs.items()},
            settings=self._plan.config.report.model_dump(mode="json"),
        )


def _keyed(artifacts: Sequence[Artifact], key: str) -> list[Artifact]:
    return [Artifact(one.path, one.job, key) for one in artifacts]
