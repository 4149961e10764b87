"""The jobs that write the table of an experiment (experiments.py) from the scores of its rows."""

from typing import Any

from wsss.plan.artifacts import TYPES
from wsss.plan.chains import Chain, Source
from wsss.plan.jobs import Artifact, Job
from wsss.plan.photo_checks import find_label_source
from wsss.plan.plan import Plan
from wsss.plan.scores import ScoreJobs
from wsss.run.errors import UserError

VAL, TUNE = "val", "tune"
"""the splits that rows are scored on; `tune` is the part of train that choices are made on"""


class ExperimentJobs:
    """The jobs of experiments' tables."""

    def __init__(self, plan: Plan, scores: ScoreJobs) -> None:
        self._plan, self._scores = plan, scores

    def table(self, name: str) -> Job:
        """The job of an experiment's table. It reads the scores of the rows that are run, of all
        seeds, each under the label ROW.SEED, and those on lists of photos under ROW.SEED.LIST.

        A UserError says what to give where no row can be run.
        """
        experiment, left_out = self._plan.experiment(name), self._left_out(name)
        place = f"results/claims/{self._plan.dataset.name}_{name}"
        found, listed = self._scores_of(name)
        return Job(
            f"claims_{name}",
            "write_experiment.py",
            {"table": f"{place}.md", "json": f"{place}.json"},
            {
                "experiment": [Artifact(str(self._plan.experiments[name]))],
                "scores": found,
                "list_scores": listed,
            },
            options={
                "left_out": [f"{row}={what}" for row, what in left_out.items()],
                **(self._recipes(name) if experiment.beside == "recipe" else {}),
            },
        )

    def _left_out(self, name: str) -> dict[int, str]:
        """The rows that are not run, with what to give; a UserError where that is all of them."""
        left_out = self._plan.left_out(name)
        if left_out and len(left_out) == len(self._plan.rows(name)):
            raise UserError(f"no row of experiment {name} can be run; {left_out[0]}")
        return left_out

    def _scores_of(self, name: str) -> tuple[list[Artifact], list[Artifact]]:
        """The scores of the rows that are run, and those on lists of photos."""
        found: list[Artifact] = []
        listed: list[Artifact] = []
        for row, chains in enumerate(self._plan.rows_to_run(name)):
            for seed, chain in enumerate(chains):
                for score in self._of_chain(name, chain):
                    found.append(Artifact(score.path, score.job, f"{row}.{seed}"))
                for part in self._lists_of(name):
                    listed += self._on_list(chain, part, f"{row}.{seed}.{part}")
        return found, listed

    def _recipes(self, name: str) -> dict[str, Any]:
        """What a table of whole recipes is told of their chains. By row: what it is, what people
        have to know of the photos that train, the number of trainings; by ROW.SEED the folders of
        the steps.
        """
        recipes, known, trainings, folders = [], [], [], []
        for row, (chain, *_) in enumerate(self._plan.rows(name)):
            recipes.append(f"{row}={chain.about}")
            known.append(f"{row}={', '.join(chain.supervision) or 'nothing'}")
            trainings.append(f"{row}={sum(step.of.trains for step in chain)}")
        for row, chains in enumerate(self._plan.rows_to_run(name)):
            for seed, chain in enumerate(chains):
                folders += [f"{row}.{seed}=work/{step.folder}" for step in chain]
        return {"recipes": recipes, "known": known, "trainings": trainings, "folders": folders}

    def _lists_of(self, name: str) -> list[str]:
        """The lists of photos (the setting `lists`) that an experiment's rows are scored on, too.
        They are parts of val, which choices do not use.
        """
        experiment = self._plan.experiment(name)
        shown = experiment.beside == "foreground" and not experiment.choice
        return list(self._plan.config.lists) if shown else []

    def _on_list(self, chain: Chain, name: str, label: str) -> list[Artifact]:
        """The score on a list of photos, under a label; [] for a row that is scored on train."""
        step = chain.steps[-1]
        if step.kind != "predict":
            return []
        score = self._scores.of_list(step, name)
        return [Artifact(score.path, score.job, label)]

    def _of_chain(self, name: str, chain: Chain) -> list[Artifact]:
        """What a row reads: what is shown beside its score, if anything, and its step's score."""
        experiment, step = self._plan.experiment(name), chain.steps[-1]
        split = "train" if step.kind != "predict" else TUNE if experiment.choice else VAL
        score = [] if step.kind == "classifier" else [self._scores.score_of(step, split)]
        return [*self._beside(experiment.beside, chain, TUNE if experiment.choice else VAL), *score]

    def _beside(self, beside: str, chain: Chain, split: str) -> list[Artifact]:
        """The artifacts that `beside` (experiments.py) asks for; `split` is a classifier's."""
        step = chain.steps[-1]
        if beside in ("nothing", "foreground"):
            return []
        if beside == "recipe":
            return self._of_steps(chain)
        if beside == "cost":
            return self._plan.steps.artifacts(step, step.of.made[0])
        if beside == "confident":
            job = self._scores.by_confident(step)
            return [Artifact(job.output, job)]
        other = next((earlier for earlier in chain if earlier.kind == beside), None)
        if other is None:
            raise UserError(
                f"an experiment shows '{beside}' beside its rows, but recipe {chain.recipe} has no "
                f"such step before '{step.name}'; take another 'beside', or another recipe"
            )
        if beside == "grow":
            return [self._plan.steps.model(other)]
        job = self._scores.classifier(other, split)
        return [Artifact(job.output, job)]

    def _of_steps(self, chain: Chain) -> list[Artifact]:
        """The scores on train of a chain's last class maps, and of the labels that the network of
        its predictions is trained on, or else makes; as far as there are some.
        """
        last = chain.steps[-1]
        if last.kind != "predict":
            raise UserError(
                "an experiment with 'beside: recipe' compares predictions, but a row of recipe "
                f"{chain.recipe} ends with '{last.name}'; take a stage that predicts"
            )
        maps, made = chain.last("cam"), chain.last("labels")
        labels = find_label_source(last) or (Source(made, "labels") if made else None)
        sources = [*([Source(maps, "cam")] if maps else []), *([labels] if labels else [])]
        jobs = [self._scores.score(one.step, TYPES[one.type], "train") for one in sources]
        return [Artifact(job.output, job) for job in jobs]
