"""The jobs (jobs.py) of steps, and the paths of their artifacts."""

from collections.abc import Sequence

from wsss.plan.artifacts import INDEXES, TYPES
from wsss.plan.chains import Source, Step
from wsss.plan.datasets.base import Dataset
from wsss.plan.jobs import Artifact, Job
from wsss.run.errors import UserError

HELD_OUT = "heldout"
"""the split of photos that a saliency network is scored on, not trained on"""
MASKS = "masks"
"""the folder of masks: predictions restricted to each photo's tags, for a folder of the user's"""
ALL = "all"
"""the split of all photos, which a folder of the user's has"""
CONFIDENCE = "confidence"
"""the folder of the confidence in these masks"""


class StepJobs:
    """The jobs of steps on a dataset, with the photos of each split in `shards` shards."""

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
        """The job of a step on a split (the one the chain is trained on, if None).

        `shard` is k-of-n for a step in shards, None for one that is made whole. `within_tags` is
        for masks instead of predictions.
        """
        key = step.folder, split or step.split, shard, within_tags
        if key not in self._jobs:
            self._jobs[key] = self._make(step, split or step.split, shard, within_tags)
        return self._jobs[key]

    def shard_names(self) -> list[str]:
        """The names k-of-n of all shards."""
        return [f"{k}-of-{self._shards}" for k in range(self._shards)]

    def artifacts(self, step: Step, type_name: str, split: str | None = None) -> list[Artifact]:
        """A step's artifact of a type on a split (the one the chain is trained on, if None): all
        its shards, or the one file.
        """
        type_, wanted = TYPES[type_name], split or step.split
        if not type_.sharded:
            return [Artifact(f"work/{step.folder}/{type_.file}", self.job(step))]
        found = []
        for shard in self.shard_names():
            path = f"work/{step.folder}/{type_.place(wanted, shard)}"
            found.append(Artifact(path, self.job(step, wanted, shard)))
        return found

    def masks(self, step: Step, splits: Sequence[str] = (ALL,)) -> list[Artifact]:
        """All shards of the masks that a `predict` step makes, of all photos or of some splits."""
        return self._beside_masks(step, splits, "out")

    def confidence(self, step: Step, splits: Sequence[str] = (ALL,)) -> list[Artifact]:
        """All shards of the confidence in these masks."""
        return self._beside_masks(step, splits, CONFIDENCE)

    def _beside_masks(self, step: Step, splits: Sequence[str], output: str) -> list[Artifact]:
        """One output, in all shards, of the jobs that make masks."""
        found = []
        for split in splits:
            for shard in self.shard_names():
                job = self.job(step, split, shard, within_tags=True)
                found.append(Artifact(job.outputs[output], job))
        return found

    def model(self, step: Step) -> Artifact:
        """The model that a step trains."""
        return Artifact(f"work/{step.folder}/model.safetensors", self.job(step))

    def _make(self, step: Step, split: str, shard: str | None, within_tags: bool) -> Job:
        """The job, as `job` describes it."""
        kind = step.of
        options: dict[str, object] = {**self._options(step, split), **step.borrowed}
        if within_tags:
            options["within_tags"] = True
        read = step.entry.annotations
        if kind.corrected and self._dataset.config.corrections:
            options["corrected"] = True
            read = (*read, "correction")
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
            read,
            options,
            shard=shard.replace("-of-", "/") if shard else None,
        )

    @staticmethod
    def _options(step: Step, split: str) -> dict[str, str]:
        """The option `split`; a step that makes an index of other photos has none."""
        if set(INDEXES) & set(step.of.made):
            return {}
        # a step that does not read the dataset is trained on the split `train` of other photos
        return {"split": split if step.reads_dataset else "train"}

    @staticmethod
    def _outputs(step: Step, split: str, shard: str | None, within_tags: bool) -> dict[str, str]:
        """Argument -> path of the outputs."""
        if within_tags:
            folders = {"out": MASKS, CONFIDENCE: CONFIDENCE}
            return {k: f"work/{step.folder}/{at}/{split}/{shard}" for k, at in folders.items()}
        outputs = {}
        for name, types in step.of.outputs.items():
            path = TYPES[types[0]].place(split, shard or "")
            outputs[name] = f"work/{step.folder}/{path}"
        return outputs

    def _inputs(self, step: Step, split: str, shard: str | None) -> dict[str, Sequence[Artifact]]:
        """Argument -> artifacts that the job reads."""
        return {name: self._of_source(source, split, shard) for name, source in step.inputs.items()}

    def _of_source(self, source: Source, split: str, shard: str | None) -> list[Artifact]:
        """The artifacts of one input: the same shard for a job on a shard, else all shards."""
        type_ = TYPES[source.type]
        if not type_.sharded or shard is None:
            return self.artifacts(source.step, source.type)
        job = self.job(source.step, split, shard)
        return [Artifact(f"work/{source.step.folder}/{type_.place(split, shard)}", job)]

    def index_of(self, step: Step, split: str) -> Artifact | None:
        """The index with the photos of a split: the dataset's, or for HELD_OUT that of the saliency
        network's photos. None for a step that does not read the dataset.
        """
        if split != HELD_OUT:
            return self._dataset.artifact if step.reads_dataset else None
        photos = _photos_before(step)
        return Artifact(f"work/{photos.folder}/photos", self.job(photos))


def _photos_before(step: Step) -> Step:
    """The nearest ancestor that makes an index: that of a saliency network's photos."""
    todo = [step]
    while todo:
        step = todo.pop(0)
        if "index" in step.of.made:
            return step
        todo += [source.step for source in step.inputs.values()]
    raise UserError(
        f"split '{HELD_OUT}' is of photos with saliency masks, which '{step.name}' does not use; "
        "ask for another split"
    )
