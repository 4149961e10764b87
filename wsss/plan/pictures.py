"""The jobs of pictures of one recipe."""

from wsss.plan.jobs import Artifact, Job
from wsss.plan.plan import Plan
from wsss.plan.scores import ScoreJobs


class PictureJobs:
    """The jobs of pictures of a plan's recipes."""

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
        step = made[-1] if made else chain.require_last("segmentation", "grow")
        place = f"results/{recipe}/{self._plan.dataset.name}_supervision"
        return Job(
            "draw_supervision",
            "draw_supervision.py",
            {"picture": f"{place}.png", "table": f"{place}.csv"},
            {"model": [self._plan.steps.model(step)]},
        )

    def draw_clouds(self, recipe: str) -> Job:
        """A picture of some scenes' points, with the objectness that the last projection reads."""
        step = self._plan.chain(recipe).require_last("prob", "project")
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
