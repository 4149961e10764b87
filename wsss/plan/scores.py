"""The jobs that score the artifacts of steps against masks, tags, and each other."""

from collections.abc import Sequence

from wsss.plan.artifacts import TYPES, Type
from wsss.plan.chains import Chain, Step
from wsss.plan.jobs import Artifact, Job
from wsss.plan.photo_checks import find_label_source
from wsss.plan.photo_lists import list_path
from wsss.plan.plan import Plan
from wsss.plan.steps import HELD_OUT
from wsss.run.errors import UserError

VAL = "val"
"""the split that lists of photos are parts of"""
CLASSIFIER = "classifier"
"""the artifact whose score is against tags, by a stage of its own"""


class ScoreJobs:
    """The jobs of scores of a plan's steps: `work/FOLDER/scores/ARTIFACT-SPLIT.json`."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def score(self, step: Step, type_: Type, split: str) -> Job:
        """The score of a step's artifact of a type against the masks of a split."""
        artifacts = self._plan.steps.artifacts(step, type_.name, split_made_for(step, type_, split))
        where_known = type_.name != "predictions" or self._plan.dataset.may_lack_masks
        out = f"work/{step.folder}/scores/{type_.folder}-{split}"
        return Job(
            "score",
            "score.py",
            {"out": f"{out}.json", "counts": f"{out}.npz"},
            {"artifact": artifacts},
            index=self._plan.steps.index_of(step, split),
            read=("mask",),
            options={"what": type_.scored, "split": split, "where_known": where_known},
        )

    def of_list(self, step: Step, name: str) -> Artifact:
        """The score of `list_job`, as an input of jobs."""
        job = self.list_job(step, name)
        return Artifact(job.output, job)

    def list_job(self, step: Step, name: str) -> Job:
        """The score of a step's predictions on a list of photos of val (the setting `lists`)."""
        base = self.score(step, TYPES["predictions"], VAL)
        out = f"work/{step.folder}/scores/predictions-{VAL}-{name}"
        return Job(
            "score_list",
            "score_list.py",
            {"out": f"{out}.json", "out_counts": f"{out}.npz"},
            {
                "score": [Artifact(base.outputs["out"], base)],
                "counts": [Artifact(base.outputs["counts"], base)],
                "list": [Artifact(list_path(self._plan.dataset, name))],
            },
            options={"name": name},
        )

    def score_of(self, step: Step, split: str) -> Artifact:
        """The score of a step's first artifact that can be scored, as an input of jobs."""
        if not step.scored:
            raise UserError(
                f"step '{step.name}' ({step.kind}) makes nothing that can be scored against masks; "
                "ask for another step"
            )
        job = self.score(step, step.scored[0], split)
        return Artifact(job.output, job)

    def by_confident(self, step: Step) -> Job:
        """The score of a walk against the confident areas that its affinities were trained on,
        instead of masks.
        """
        confident = next(source.step for source in step.inputs["model"].step.inputs.values())
        type_ = step.scored[0]
        return Job(
            "score_confident",
            "score.py",
            {"out": f"work/{step.folder}/scores/agreement.json"},
            {
                "artifact": self._plan.steps.artifacts(step, type_.name),
                "truth": self._plan.steps.artifacts(confident, "confident"),
            },
            index=self._plan.dataset.artifact,
            read=("mask",),
            options={"what": type_.scored, "split": step.split},
        )

    def classifier(self, step: Step, split: str) -> Job:
        """A classifier's mean average precision for the tags of a split, and the consistency of its
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
        """The job of the score in work/FOLDER/scores/ARTIFACT-SPLIT.json."""
        step = self._plan.step(folder)
        if artifact == CLASSIFIER:
            return self.classifier(step, split)
        for type_ in step.scored:
            if type_.folder == artifact:
                return self.score(step, type_, split)
        raise UserError(
            f"work/{folder} has no {artifact} to score; it has: {', '.join(step.of.made)}"
        )

    def on_train(self, chain: Chain) -> list[tuple[str, Artifact]]:
        """(name, score on train) of all artifacts of a chain that can be scored, but predictions.

        A saliency network is scored on the photos that were held out of its training.
        """
        found = []
        for step in chain:
            found += self._held_out(step)
            for name, type_ in scored_names(step):
                if type_.name != "predictions":
                    found.append((name, self._artifact(step, type_)))
        return found

    def _artifact(self, step: Step, type_: Type, split: str = "train") -> Artifact:
        """A score as an input of jobs."""
        job = self.score(step, type_, split)
        return Artifact(job.output, job)

    def _held_out(self, step: Step) -> list[tuple[str, Artifact]]:
        """(name, score) of the saliency networks that a saliency step reads; [] for other steps."""
        found: list[tuple[str, Artifact]] = []
        if "saliency" not in step.of.made:
            return found
        for source in step.inputs.values():
            if source.type == "saliency_model":
                score = self._artifact(step, TYPES["saliency"], HELD_OUT)
                found.append((source.step.name, score))
        return found

    def agreement(self, recipe: str) -> Job:
        """The scores against each other of what a recipe's steps make of train."""
        made = self.made_of_train(recipe, but="saliency")
        place = f"results/{recipe}/{self._plan.dataset.name}_agreement"
        return Job(
            "agreement",
            "score_agreement.py",
            {"table": f"{place}.txt", "out": f"{place}.json"},
            {"artifacts": [Artifact(shard.path, shard.job, name) for name, shard in made]},
            index=self._plan.dataset.artifact,
            options={"split": "train"},
        )

    def agreement_of(self, recipe: str) -> Artifact:
        """The agreement of a recipe's steps, as an input of jobs."""
        job = self.agreement(recipe)
        return Artifact(f"results/{recipe}/{self._plan.dataset.name}_agreement.json", job)

    def made_of_train(self, recipe: str, but: str = "") -> Sequence[tuple[str, Artifact]]:
        """(name, shard) of all artifacts made of the training photos that a picture can show,
        predictions included; those of the type `but` are left out.
        """
        found: list[tuple[str, Artifact]] = []
        for step in self._plan.chain(recipe):
            for name, type_ in scored_names(step):
                if type_.name != but:
                    split = split_made_for(step, type_, "train")
                    shards = self._plan.steps.artifacts(step, type_.name, split)
                    found += [(name, shard) for shard in shards]
        return found


def scored_names(step: Step) -> list[tuple[str, Type]]:
    """(name, type) of a step's artifacts that can be scored. The first has the step's name, others
    are `NAME.TYPE`.
    """
    found = []
    for index, type_ in enumerate(step.scored):
        found.append((step.name if index == 0 else f"{step.name}.{type_.name}", type_))
    return found


def find_training_labels(step: Step) -> str | None:
    """The scored name of the labels that the network of a prediction was trained on. None where it
    was trained on something else, such as seeds.
    """
    labels = find_label_source(step)
    if labels is None:
        return None
    for name, type_ in scored_names(labels.step):
        if type_.name == labels.type:
            return name
    return None


def split_made_for(step: Step, type_: Type, split: str) -> str:
    """The split under which a step's artifacts of the photos of `split` are made.

    Those of train are made under the split that the chain is trained on (`step.split`, such as
    trainaug), so that they are made once. Predictions are made for each split.
    """
    return step.split if split == "train" and type_.name != "predictions" else split
