"""The jobs of pictures of one recipe, and of its exports to other tools."""

from wsss.export.registry import FORMATS
from wsss.plan.artifacts import TYPES
from wsss.plan.chains import Step
from wsss.plan.jobs import Artifact, Job
from wsss.plan.plan import Plan
from wsss.plan.scores import ScoreJobs
from wsss.plan.steps import ALL
from wsss.run.errors import UserError


class ExportJobs:
    """The jobs of pictures and exports of a plan's recipes."""

    def __init__(self, plan: Plan, scores: ScoreJobs) -> None:
        self._plan, self._scores = plan, scores

    def draw_chain(self, recipe: str) -> Job:
        """A picture of photos of train, with what each step made of them."""
        made = self._scores.made_of_train(recipe)
        return Job(
            "draw_chain",
            "draw_chain.py",
            {"out": f"results/{recipe}/{self._plan.dataset.name}_chain.png"},
            {"artifacts": [Artifact(shard.path, shard.job, name) for name, shard in made]},
            index=self._plan.dataset.artifact,
            read=("mask",),
            options={"split": "train"},
        )

    def draw_supervision(self, recipe: str) -> Job:
        """A picture and a table by epoch of the labels that supervised a network on seeds, or of
        those that a single-stage network made.
        """
        chain = self._plan.chain(recipe)
        made = [step for step in chain if step.kind == "segmenter" and "labels" not in step.inputs]
        step = made[-1] if made else self._last(recipe, "segmentation", kind="grow")
        place = f"results/{recipe}/{self._plan.dataset.name}_supervision"
        return Job(
            "draw_supervision",
            "draw_supervision.py",
            {"picture": f"{place}.png", "table": f"{place}.csv"},
            {"model": [self._plan.steps.model(step)]},
        )

    def draw_clouds(self, recipe: str) -> Job:
        """A picture of some scenes' points, with the objectness that the last projection reads."""
        step = self._last(recipe, "prob", kind="project")
        read = {}
        for name, source in step.inputs.items():
            read[name] = self._plan.steps.artifacts(source.step, source.type)
        return Job(
            "draw_clouds",
            "draw_clouds.py",
            {"out": f"results/{recipe}/{self._plan.dataset.name}_clouds.png"},
            read,
            index=self._plan.dataset.artifact,
            read=("pose",),
            options={"split": step.split},
        )

    def export_labels(self, recipe: str, what: str, form: str) -> Job:
        """The `labels` of a recipe's last step that makes some, or the predicted `masks` of all
        photos, in another tool's format `form`.
        """
        if what == "masks":
            labels, split = self._all_masks(recipe), ALL
        else:
            step = self._last(recipe, "labels")
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
        step, plan = self._last(recipe, "prob", kind="walk"), self._plan
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

    def _last(self, recipe: str, type_: str, kind: str | None = None) -> Step:
        """The last step (of `kind`, if it is given) that makes an artifact of a type."""
        chain = self._plan.chain(recipe)
        for step in reversed(chain.steps):
            if type_ in step.of.made and kind in (None, step.kind):
                return step
        missing = f"of the kind '{kind}'" if kind else f"that makes {TYPES[type_].about}"
        raise UserError(
            f"recipe {recipe} has no step {missing}; its steps: {', '.join(chain.names)}; ask for "
            "another recipe"
        )
