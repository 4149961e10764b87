"""The jobs that export what a recipe made to other tools."""

from wsss.export.registry import FORMATS
from wsss.plan.chains import Step
from wsss.plan.jobs import Artifact, Job
from wsss.plan.plan import Plan
from wsss.plan.steps import ALL
from wsss.run.errors import UserError


class ExportJobs:
    """The jobs of exports of a plan's recipes."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def export_labels(self, recipe: str, what: str, form: str) -> Job:
        """The `labels` of a recipe's last step that makes some, or the predicted `masks` of all
        photos, in another tool's format `form`.
        """
        if what == "masks":
            labels, split = self._all_masks(recipe), ALL
        else:
            step = self._plan.chain(recipe).require_last("labels")
            labels, split = self._plan.steps.artifacts(step, "labels"), step.split
        return Job(
            "export_labels",
            "export_labels.py",
            {"out": f"results/{recipe}/{self._plan.dataset.name}_{what}_{form}"},
            {"labels": labels},
            method=form,
            entry=FORMATS[form],
            settings=self._plan.config.export.model_dump(mode="json"),
            index=self._plan.dataset.artifact,
            options={"split": split},
        )

    def gather_masks(self, recipe: str) -> Job:
        """The predicted masks of all photos, as files with the photos' names."""
        return Job(
            "gather_masks",
            "gather_masks.py",
            {"out": f"results/{recipe}/{self._plan.dataset.name}_masks"},
            {"masks": self._all_masks(recipe)},
            index=self._plan.dataset.artifact,
            options={"split": ALL},
        )

    def _all_masks(self, recipe: str) -> list[Artifact]:
        """The predicted masks of all photos; UserError for a dataset that is no folder of photos,
        because its index has splits alone.
        """
        name, prediction = self._plan.dataset.name, self._plan.prediction(recipe)
        if not self._plan.dataset.own:
            raise UserError(
                f"masks of all photos are made for a folder of photos, not for {name}; "
                f"results/{recipe}/{name}_val_chain.txt names the folder of its predictions of val"
            )
        return self._plan.steps.masks(prediction)

    def find_instances(self, step: Step, split: str, shard: str) -> Job:
        """The instances in a shard of photos, by IRNet's displacements. It reads what the walk
        `step` reads.
        """
        job = self._plan.steps.job(step, split, shard)
        return Job(
            "find_instances",
            "find_instances.py",
            {"out": f"work/{step.folder}/instances/{split}/{shard}.json"},
            job.inputs,
            settings=self._plan.config.instances.model_dump(mode="json"),
            index=self._plan.dataset.artifact,
            options={"split": split, "walk": step.settings},
            shard=shard.replace("-of-", "/"),
        )

    def write_instances(self, recipe: str) -> Job:
        """The instances in all training photos, and their score against boxes (AP50)."""
        step, plan = self._plan.chain(recipe).require_last("prob", "walk"), self._plan
        jobs = [self.find_instances(step, step.split, shard) for shard in plan.steps.shard_names()]
        place = f"results/{recipe}/{plan.dataset.name}_instances"
        return Job(
            "write_instances",
            "write_instances.py",
            {"coco": f"{place}.json", "score": f"{place}_ap50.json"},
            {"shards": [Artifact(job.output, job) for job in jobs]},
            index=plan.dataset.artifact,
            read=("boxes",),
            options={"split": step.split},
        )
