"""The jobs of steps, and where their artifacts lie."""

from collections.abc import Sequence

from wsss.plan.artifacts import TYPES
from wsss.plan.chains import Source, Step
from wsss.plan.dataset import Dataset
from wsss.plan.jobs import Artifact, Job
from wsss.run.errors import UserError

HELD_OUT = "heldout"
"""the split of a saliency network's photos that it is scored on"""
MASKS = "masks"
"""the folder of predictions among a photo's tags, which are what is made of photos of one's own"""


class StepJobs:
    """The jobs of the steps of a dataset, in a number of shards."""

    def __init__(self, dataset: Dataset, shards: int) -> None:
        self._dataset, self._shards = dataset, shards
        self._jobs: dict[tuple[object, ...], Job] = {}

    def job(
        self,
        step: Step,
        split: str | None = None,
        shard: str | None = None,
        within_tags: bool = False,
    ) -> Job:
        """The job of a step that is made whole, or of one shard of a split."""
        key = step.folder, split or step.split, shard, within_tags
        if key not in self._jobs:
            self._jobs[key] = self._made(step, split or step.split, shard, within_tags)
        return self._jobs[key]

    def shard_names(self) -> list[str]:
        """k-of-n for every shard."""
        return [f"{k}-of-{self._shards}" for k in range(self._shards)]

    def artifacts(self, step: Step, type_name: str, split: str | None = None) -> list[Artifact]:
        """An artifact of a step, all its shards, of a split (else of the one that the chain is
        trained on).
        """
        kind, wanted = TYPES[type_name], split or step.split
        if not kind.sharded:
            return [Artifact(f"work/{step.folder}/{kind.file}", self.job(step))]
        found = []
        for shard in self.shard_names():
            path = f"work/{step.folder}/{kind.place(wanted, shard)}"
            found.append(Artifact(path, self.job(step, wanted, shard)))
        return found

    def masks(self, step: Step) -> list[Artifact]:
        """The predictions among the tags of all photos."""
        jobs = [self.job(step, "all", shard, True) for shard in self.shard_names()]
        return [Artifact(job.output, job) for job in jobs]

    def model(self, step: Step) -> Artifact:
        """The model that a step trains."""
        return Artifact(f"work/{step.folder}/model.safetensors", self.job(step))

    def _made(self, step: Step, split: str, shard: str | None, within_tags: bool) -> Job:
        kind = step.of
        options = {
            **self._options(step, split),
            **step.borrowed,
            **({"within_tags": True} if within_tags else {}),
        }
        rule = "predict_masks" if within_tags else kind.rule
        return Job(
            rule,
            kind.script,
            self._outputs(step, split, shard, within_tags),
            self._inputs(step, split, shard),
            step.method,
            step.entry,
            step.settings,
            self.index_of(step, split),
            step.entry.annotations,
            options,
            shard=shard.replace("-of-", "/") if shard else None,
        )

    @staticmethod
    def _options(step: Step, split: str) -> dict[str, str]:
        """Nothing for a step that reads all photos, or that makes an index of others."""
        if "index" in step.of.made:
            return {}
        return {"split": split if step.of.dataset else "train"}

    @staticmethod
    def _outputs(step: Step, split: str, shard: str | None, within_tags: bool) -> dict[str, str]:
        if within_tags:
            return {"out": f"work/{step.folder}/{MASKS}/{split}/{shard}"}
        outputs = {}
        for name, types in step.of.outputs.items():
            place = TYPES[types[0]].place(split, shard or "")
            outputs[name] = f"work/{step.folder}/{place}"
        return outputs

    def _inputs(self, step: Step, split: str, shard: str | None) -> dict[str, Sequence[Artifact]]:
        """Of what is made in shards the same shard, or all of them for what is made whole."""
        return {name: self._of_source(source, split, shard) for name, source in step.inputs.items()}

    def _of_source(self, source: Source, split: str, shard: str | None) -> list[Artifact]:
        kind = TYPES[source.type]
        if not kind.sharded or shard is None:
            return self.artifacts(source.step, source.type)
        job = self.job(source.step, split, shard)
        return [Artifact(f"work/{source.step.folder}/{kind.place(split, shard)}", job)]

    def index_of(self, step: Step, split: str) -> Artifact | None:
        """The index that has a split. It is the dataset's, except for the photos that were held out
        of the training of a saliency network.
        """
        if split != HELD_OUT:
            return self._dataset.artifact if step.of.dataset else None
        photos = _photos_before(step)
        return Artifact(f"work/{photos.folder}/photos", self.job(photos))


def _photos_before(step: Step) -> Step:
    """The step that made the index of photos that a step's network was trained on."""
    todo = [step]
    while todo:
        step = todo.pop(0)
        if "index" in step.of.made:
            return step
        todo += [source.step for source in step.inputs.values()]
    raise UserError(
        f"split '{HELD_OUT}' is of photos with saliency masks, and '{step.name}' is made of none; "
        "ask for another split"
    )
