"""The jobs that score steps, and those that gather a recipe's scores into its result."""

from collections.abc import Sequence

from wsss.plan.artifacts import TYPES, Type
from wsss.plan.chains import Chain, Step
from wsss.plan.jobs import Artifact, Job
from wsss.plan.plan import Plan
from wsss.plan.steps import HELD_OUT
from wsss.run.errors import UserError

CLASSIFIER = "classifier"


class ScoreJobs:
    """Scores of a plan's steps: `work/FOLDER/scores/ARTIFACT-SPLIT.json`."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def score(self, step: Step, kind: Type, split: str) -> Job:
        """What an artifact of a step scores on a split, by its masks."""
        artifacts = self._plan.steps.artifacts(step, kind.name, photos_with(step, kind, split))
        where_known = kind.name != "predictions" or self._plan.dataset.own
        out = f"work/{step.folder}/scores/{kind.folder}-{split}"
        return Job(
            "score",
            "score.py",
            {"out": f"{out}.json", "counts": f"{out}.npz"},
            {"artifact": artifacts},
            index=self._plan.steps.index_of(step, split),
            read=("mask",),
            options={"what": kind.scored, "split": split, "where_known": where_known},
        )

    def score_of(self, step: Step, split: str) -> Artifact:
        """The score of the first artifact of a step that can be scored, as a job reads it."""
        if not step.scored:
            raise UserError(
                f"step '{step.name}' ({step.kind}) makes nothing that masks can score; ask for "
                "another step"
            )
        job = self.score(step, step.scored[0], split)
        return Artifact(job.output, job)

    def by_confident(self, step: Step) -> Job:
        """How far a walk agrees with the confident areas that its affinities learned from; no mask
        is read.
        """
        confident = next(source.step for source in step.inputs["model"].step.inputs.values())
        kind = step.scored[0]
        return Job(
            "score_confident",
            "score.py",
            {"out": f"work/{step.folder}/scores/agreement.json"},
            {
                "artifact": self._plan.steps.artifacts(step, kind.name),
                "truth": self._plan.steps.artifacts(confident, "confident"),
            },
            index=self._plan.dataset.artifact,
            read=("mask",),
            options={"what": kind.scored, "split": step.split},
        )

    def classifier(self, step: Step, split: str) -> Job:
        """A classifier's average precision of the tags of a split, and the consistency of its
        maps.
        """
        return Job(
            "score_classifier",
            "score_classifier.py",
            {"out": f"work/{step.folder}/scores/{CLASSIFIER}-{split}.json"},
            {"model": [self._plan.steps.model(step)]},
            settings=self._plan.config.consistency.model_dump(mode="json"),
            index=self._plan.dataset.artifact,
            options={"split": split},
        )

    def of_path(self, folder: str, artifact: str, split: str) -> Job:
        """The job of a score by its place."""
        step = self._plan.step(folder)
        if artifact == CLASSIFIER:
            return self.classifier(step, split)
        kind = next((kind for kind in step.scored if kind.folder == artifact), None)
        if kind is None:
            raise UserError(
                f"work/{folder} has no {artifact} to score; it has: {', '.join(step.of.made)}"
            )
        return self.score(step, kind, split)

    def on_train(self, chain: Chain) -> list[tuple[str, Artifact]]:
        """Name -> score on the training photos, of every step that makes something of them.

        A saliency network is scored on the photos that were held out of its training, under its own
        name.
        """
        found = []
        for step in chain:
            found += self._held_out(step)
            found += [
                (name, self._artifact(step, kind))
                for name, kind in scored_names(step)
                if kind.name != "predictions"
            ]
        return found

    def _artifact(self, step: Step, kind: Type, split: str = "train") -> Artifact:
        job = self.score(step, kind, split)
        return Artifact(job.output, job)

    def _held_out(self, step: Step) -> list[tuple[str, Artifact]]:
        models = [
            source.step.name for source in step.inputs.values() if source.type == "saliency_model"
        ]
        saliency = TYPES["saliency"]
        return [
            (name, self._artifact(step, saliency, HELD_OUT))
            for name in models
            if "saliency" in step.of.made
        ]

    def result(self, recipe: str, split: str) -> Job:
        """What a recipe's predictions score on a split, and its steps on train."""
        step = self._plan.prediction(recipe)
        job = self.score(step, TYPES["predictions"], split)
        score, chain = Artifact(job.output, job), self._plan.chain(recipe)
        return self._result(recipe, split, "predictions", score, chain, split, predicted=True)

    def configured_result(self, split: str) -> Job:
        """The result of the configured recipe, where results are looked for first."""
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
        """What a step of a recipe scores on train, and the steps before it.

        `labels` is the last step that makes some.
        """
        chain = self._plan.chain(recipe)
        labels = chain.last("labels") if name == "labels" else None
        step = labels or chain.step(name)
        score, until = self.score_of(step, "train"), chain.until(step.name)
        return self._result(recipe, "train", name, score, until, name, predicted=False)

    def _result(
        self,
        recipe: str,
        split: str,
        of: str,
        score: Artifact,
        chain: Chain,
        ending: str,
        predicted: bool,
    ) -> Job:
        dataset = self._plan.dataset
        suffix = f"{dataset.name}_{ending}" + ("_miou" if predicted else "")
        place = f"results/{recipe}/{suffix}"
        stages = [Artifact(one.path, one.job, name) for name, one in self.on_train(chain)]
        chained = place.removesuffix("_miou")
        agreement = [self.agreement_of(recipe)] if dataset.own and predicted else []
        folders = [f"{step.name}=work/{step.folder}" for step in chain]
        return Job(
            "result" if predicted else "step_result",
            "write_result.py",
            {"table": f"{place}.txt", "json": f"{place}.json", "chain": f"{chained}_chain.txt"},
            {"score": [score], "stages": stages, "agreement": agreement},
            options={
                "recipe": recipe,
                "dataset": dataset.name,
                "split": split,
                "of": of,
                "folders": folders,
                "supervision": chain.supervision,
            },
        )

    def agreement(self, recipe: str) -> Job:
        """What the steps of a recipe make of train, compared with each other."""
        artifacts = [
            Artifact(one.path, one.job, name)
            for name, one in self.made_of_train(recipe, but="saliency")
        ]
        place = f"results/{recipe}/{self._plan.dataset.name}_agreement"
        return Job(
            "agreement",
            "score_agreement.py",
            {"table": f"{place}.txt", "out": f"{place}.json"},
            {"artifacts": artifacts},
            index=self._plan.dataset.artifact,
            options={"split": "train"},
        )

    def agreement_of(self, recipe: str) -> Artifact:
        job = self.agreement(recipe)
        return Artifact(f"results/{recipe}/{self._plan.dataset.name}_agreement.json", job)

    def made_of_train(self, recipe: str, but: str = "") -> Sequence[tuple[str, Artifact]]:
        """(name, shard) of everything of the training photos that a picture can show, the
        prediction included, artifacts of the type `but` left out.
        """
        return [
            (name, shard)
            for step in self._plan.chain(recipe)
            for name, kind in scored_names(step)
            if kind.name != but
            for shard in self._plan.steps.artifacts(
                step, kind.name, photos_with(step, kind, "train")
            )
        ]


def scored_names(step: Step) -> list[tuple[str, Type]]:
    """The artifacts of a step that can be scored, under the step's name, further ones under
    `NAME.TYPE`.
    """
    return [
        (step.name if place == 0 else f"{step.name}.{kind.name}", kind)
        for place, kind in enumerate(step.scored)
    ]


def photos_with(step: Step, kind: Type, split: str) -> str:
    """The split whose artifacts hold those of `split`: what is made of the training photos is made
    once, of all of them.
    """
    return step.split if split == "train" and kind.name != "predictions" else split
