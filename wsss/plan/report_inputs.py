"""What reports and comparisons read of recipes: artifacts, scores, networks, checks and pictures.

The labels of these inputs are RECIPE/STEP/SPLIT, RECIPE/STEP or RECIPE.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from wsss.plan.chains import Step
from wsss.plan.jobs import Artifact, Job
from wsss.plan.photo_checks import CheckJobs
from wsss.plan.pictures import PictureJobs
from wsss.plan.plan import FULL, Plan
from wsss.plan.scores import ScoreJobs
from wsss.plan.steps import CONFIDENCE, MASKS
from wsss.run.errors import UserError
from wsss.run.methods import load
from wsss.segment.predict_settings import PredictSettings

VAL = "val"


class ReportInputs:
    """The inputs of reports on a plan's recipes. `is_fresh` says whether all outputs of a job exist
    and none is stale.
    """

    def __init__(
        self, plan: Plan, scores: ScoreJobs, checks: CheckJobs, is_fresh: Callable[[Job], bool]
    ) -> None:
        self._plan, self._score_jobs, self._check_jobs = plan, scores, checks
        self._is_fresh = is_fresh

    def of_report(self, recipes: Sequence[str]) -> dict[str, list[Artifact]]:
        """All that the page of these recipes shows, by the options of stages/write_report.py."""
        return {
            "artifacts": list(self.artifacts(recipes)),
            "scores": list(self.scores(recipes)),
            "models": list(self.models(recipes)),
            "agreement": self.agreements(recipes),
            "check": list(self.checks(recipes)),
            "clouds": list(self.clouds(recipes)),
            "full": self.full(recipes),
        }

    def artifacts(self, recipes: Sequence[str]) -> Iterator[Artifact]:
        """What the steps made of train, and the predictions on val; for a folder of the user's also
        the masks of all splits.
        """
        for recipe in recipes:
            for name, shard in self._score_jobs.made_of_train(recipe):
                yield Artifact(shard.path, shard.job, f"{recipe}/{name}/train")
            last = self._plan.chain(recipe).last("predictions")
            if last is not None:
                yield from self._predicted(recipe, last)

    def _predicted(self, recipe: str, last: Step) -> Iterator[Artifact]:
        """The predictions on val; for a folder of the user's also the masks of all splits, and the
        confidence in them.
        """
        steps = self._plan.steps
        yield from _labelled(
            steps.artifacts(last, "predictions", VAL), f"{recipe}/{last.name}/{VAL}"
        )
        if self._plan.dataset.own:
            for split in ("train", VAL, "rest"):
                if issubclass(load(last.entry.settings), PredictSettings):  # has probabilities
                    confidence = steps.confidence(last)
                    yield from _labelled(confidence, f"{recipe}/{CONFIDENCE}/{split}")
                yield from _labelled(steps.masks(last), f"{recipe}/{MASKS}/{split}")

    def scores(self, recipes: Sequence[str]) -> Iterator[Artifact]:
        """The scores of the steps on train, and of all predictions on val, the last ones last."""
        for recipe in recipes:
            chain = self._plan.chain(recipe)
            for name, score in self._score_jobs.on_train(chain):
                yield Artifact(score.path, score.job, f"{recipe}/{name}/train")
            for step in chain:
                if "predictions" in step.of.made:
                    score = self._score_jobs.score_of(step, VAL)
                    yield Artifact(score.path, score.job, f"{recipe}/{step.name}/{VAL}")

    def models(self, recipes: Sequence[str]) -> Iterator[Artifact]:
        """The trained networks."""
        for recipe in recipes:
            for step in self._plan.chain(recipe):
                if step.of.trains:
                    model = self._plan.steps.model(step)
                    yield Artifact(model.path, model.job, f"{recipe}/{step.name}")

    def agreements(self, recipes: Sequence[str]) -> list[Artifact]:
        """The agreement of each recipe's steps with each other."""
        found = []
        for recipe in recipes:
            agreement = self._score_jobs.agreement_of(recipe)
            found.append(Artifact(agreement.path, agreement.job, recipe))
        return found

    def checks(self, recipes: Sequence[str]) -> Iterator[Artifact]:
        """The check of each recipe's masks, for a folder of the user's."""
        for recipe in recipes:
            if self._plan.dataset.own and self._plan.chain(recipe).last("predictions"):
                yield self._check_jobs.check_of(recipe)

    def clouds(self, recipes: Sequence[str]) -> Iterator[Artifact]:
        """The picture of the point clouds of each recipe that has some."""
        pictures = PictureJobs(self._plan, self._score_jobs)
        for recipe in recipes:
            if any(step.kind == "project" for step in self._plan.chain(recipe)):
                job = pictures.draw_clouds(recipe)
                yield Artifact(job.output, job, recipe)

    def full(self, recipes: Sequence[str]) -> list[Artifact]:
        """The score of full supervision at these settings, if it exists and is fresh, or if `full`
        is among the recipes. A report does not train it.
        """
        if FULL not in self._plan.recipes:
            return []
        return self._full_score if self._full_is_known or FULL in recipes else []

    @cached_property
    def _full_score(self) -> list[Artifact]:
        """The score of full supervision; [] where that recipe has an error."""
        try:
            return [self._score_jobs.score_of(self._plan.prediction(FULL), VAL)]
        except UserError:
            return []

    @cached_property
    def _full_is_known(self) -> bool:
        """Whether that score is fresh. It is judged once, while planning, as the job's inputs must
        not change during the run.
        """
        return any(
            score.job is not None and self._is_fresh(score.job) for score in self._full_score
        )


def _labelled(artifacts: Sequence[Artifact], label: str) -> list[Artifact]:
    """The artifacts, all with one label."""
    return [Artifact(artifact.path, artifact.job, label) for artifact in artifacts]
