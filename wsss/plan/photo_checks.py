"""The job that says which photos a person should look at first."""

from wsss.plan.artifacts import TYPES
from wsss.plan.chains import Source, Step
from wsss.plan.jobs import Artifact, Job
from wsss.plan.plan import Plan
from wsss.plan.steps import ALL


class CheckJobs:
    """The jobs of checks of a plan's recipes: `results/RECIPE/DATASET_check...`."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def check(self, recipe: str) -> Job:
        """The final masks of all photos, by what a correction may bring; beside the pseudo-labels
        that their network was trained on, where it was trained on some.
        """
        plan, step = self._plan, self._plan.prediction(recipe)
        place = f"results/{recipe}/{plan.dataset.name}_check"
        labels = find_label_source(step)
        splits = (ALL,) if plan.dataset.own else (step.split, "val")
        return Job(
            "check_photos",
            "check_photos.py",
            {"table": f"{place}.csv", "text": f"{place}.txt", "out": f"{place}.json"},
            {
                "masks": plan.steps.masks(step, splits),
                "confidence": plan.steps.confidence(step, splits),
                "labels": plan.steps.artifacts(labels.step, labels.type) if labels else [],
            },
            index=plan.dataset.artifact,
            read=("mask",),
            options={
                "splits": list(splits),
                "trained": step.split,
                "exported": f"results/{recipe}/{plan.dataset.name}_labels_coco",
            },
        )

    def check_of(self, recipe: str) -> Artifact:
        """The figures of the check of a recipe, as an input of jobs."""
        job = self.check(recipe)
        return Artifact(job.outputs["out"], job, recipe)


def find_label_source(step: Step) -> Source | None:
    """The labels that the network of a prediction was trained on. None where it was trained on
    something else, such as seeds.
    """
    network = step.inputs.get("model")
    labels = network.step.inputs.get("labels") if network else None
    return labels if labels is not None and TYPES[labels.type].scored == "labels" else None
