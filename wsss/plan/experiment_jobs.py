"""The jobs that gather the rows of experiments into tables."""

from wsss.plan.chains import Chain
from wsss.plan.jobs import Artifact, Job
from wsss.plan.plan import Plan
from wsss.plan.scores import ScoreJobs
from wsss.run.errors import UserError

VAL, TUNE = "val", "tune"


class ExperimentJobs:
    """The tables of experiments."""

    def __init__(self, plan: Plan, scores: ScoreJobs) -> None:
        self._plan, self._scores = plan, scores

    def table(self, name: str) -> Job:
        """The table of all rows of an experiment; a row is trained when its score is asked for."""
        place = f"results/claims/{self._plan.dataset.name}_{name}"
        found: list[Artifact] = []
        for number, chains in enumerate(self._plan.rows(name)):
            for seed, chain in enumerate(chains):
                label = f"{number}.{seed}"
                scores = self._of_chain(name, chain)
                found += [Artifact(one.path, one.job, label) for one in scores]
        return Job(
            f"claims_{name}",
            "write_experiment.py",
            {"table": f"{place}.md", "json": f"{place}.json"},
            {"experiment": [Artifact(str(self._plan.experiments[name]))], "scores": found},
        )

    def _of_chain(self, name: str, chain: Chain) -> list[Artifact]:
        """What stands beside a row's score, if anything, then the score of its step."""
        experiment, step = self._plan.experiment(name), chain.steps[-1]
        split = "train" if step.kind != "predict" else TUNE if experiment.choice else VAL
        score = [] if step.kind == "classifier" else [self._scores.score_of(step, split)]
        return [*self._beside(experiment.beside, chain, TUNE if experiment.choice else VAL), *score]

    def _beside(self, beside: str, chain: Chain, split: str) -> list[Artifact]:
        step = chain.steps[-1]
        if beside == "nothing":
            return []
        if beside == "cost":
            return self._plan.steps.artifacts(step, step.of.made[0])
        if beside == "confident":
            job = self._scores.by_confident(step)
            return [Artifact(job.output, job)]
        other = next((one for one in chain if one.kind == beside), None)
        if other is None:
            raise UserError(
                f"an experiment shows '{beside}' beside its rows, and a chain of recipe "
                f"{chain.recipe} has no such "
                f"step before '{step.name}'; take another 'beside', or another recipe"
            )
        if beside == "grow":
            return [self._plan.steps.model(other)]
        job = self._scores.classifier(other, split)
        return [Artifact(job.output, job)]
