"""The jobs that write the results of recipes from the scores of their steps."""

from dataclasses import dataclass, replace

from wsss.plan.artifacts import TYPES
from wsss.plan.chains import Chain
from wsss.plan.jobs import Artifact, Job
from wsss.plan.photo_checks import CheckJobs
from wsss.plan.plan import Plan
from wsss.plan.scores import ScoreJobs, find_training_labels

PREDICTIONS = "predictions"


@dataclass(frozen=True)
class Outcome:
    """What a result shows: a score, and the chain up to the step that is scored."""

    recipe: str
    split: str
    """the split that is scored, or the list of photos"""
    of: str
    """what is scored: "predictions", or the name of a step"""
    score: Artifact
    chain: Chain
    trained_on: str | None = None
    """the labels that the network of predictions was trained on, by their scored name"""

    @property
    def predicted(self) -> bool:
        """Whether predictions are scored, on any split; else it is a step, on train."""
        return self.of == PREDICTIONS

    @property
    def name(self) -> str:
        """What is scored, in the names of its files: the split of predictions, else the step."""
        return self.split if self.predicted else self.of


class ResultJobs:
    """The jobs of results of a plan's recipes: `results/RECIPE/DATASET_...`."""

    def __init__(self, plan: Plan, scores: ScoreJobs, checks: CheckJobs) -> None:
        self._plan, self._scores, self._checks = plan, scores, checks

    def result(self, recipe: str, split: str) -> Job:
        """The scores of a recipe's predictions on a split or a list of photos, and of its steps on
        train.
        """
        step, chain = self._plan.prediction(recipe), self._plan.chain(recipe)
        if split in self._plan.config.lists:
            score = self._scores.of_list(step, split)
        else:
            job = self._scores.score(step, TYPES["predictions"], split)
            score = Artifact(job.output, job)
        return self._gather(
            Outcome(recipe, split, PREDICTIONS, score, chain, find_training_labels(step))
        )

    def configured_result(self, split: str) -> Job:
        """A copy of the result of the configured recipe, in results/ itself."""
        job = self.result(self._plan.config.recipe, split)
        place = f"results/{self._plan.dataset.name}_{split}_miou"
        inputs = {name: [Artifact(job.outputs[name], job)] for name in ("table", "json")}
        return Job(
            "configured_result",
            "copy_result.py",
            {"table_out": f"{place}.txt", "json_out": f"{place}.json"},
            inputs,
        )

    def step_result(self, recipe: str, name: str) -> Job:
        """The scores on train of a step and of those before it. The name `labels` stands for the
        last step that makes labels.
        """
        chain = self._plan.chain(recipe)
        labels = chain.last("labels") if name == "labels" else None
        step = labels or chain.step(name)
        score, until = self._scores.score_of(step, "train"), chain.until(step.name)
        return self._gather(Outcome(recipe, "train", name, score, until))

    def _gather(self, outcome: Outcome) -> Job:
        """The job that writes a result."""
        dataset, recipe, chain = self._plan.dataset, outcome.recipe, outcome.chain
        base = f"results/{recipe}/{dataset.name}_{outcome.name}"
        table = f"{base}_miou" if outcome.predicted else base
        steps = []
        for name, score in self._scores.on_train(chain):
            steps.append(Artifact(score.path, score.job, name))
        agreement, check = [], []
        if dataset.own and outcome.predicted:  # there may be no masks; then steps are compared
            agreement.append(self._scores.agreement_of(recipe))
        if dataset.own and outcome.predicted and not dataset.has_masks:
            check.append(replace(self._checks.check_of(recipe), label=""))
        return Job(
            "result" if outcome.predicted else "step_result",
            "write_result.py",
            {"table": f"{table}.txt", "json": f"{table}.json", "chain": f"{base}_chain.txt"},
            {
                "score": [outcome.score],
                "stages": steps,
                "agreement": agreement,
                "check": check,
            },
            options={
                "recipe": recipe,
                "dataset": dataset.name,
                "split": outcome.split,
                "of": outcome.of,
                "trained_on": outcome.trained_on,
                "folders": [f"{step.name}=work/{step.folder}" for step in chain],
                "supervision": chain.known_of(dataset.lacking),
            },
        )
