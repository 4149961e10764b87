"""Train the segmentation network on label maps; or, by the methods of a single stage (rrm, aalr),
on photos and tags.

    python stages/train_segmenter.py deeplab --index index.json --labels labels/*/ \\
        --out deeplab.safetensors
    python stages/train_segmenter.py rrm --index index.json --out rrm.safetensors

A single stage makes its labels while it trains. Where photos have masks, PATH.measured.json beside
the model says how right these were in each epoch. No mask is trained on.
"""

from argparse import Namespace

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.run.errors import UserError
from wsss.run.launch import is_main_process
from wsss.run.records import Json
from wsss.score.supervision import SupervisionCurve
from wsss.segment.registry import SEGMENTERS
from wsss.training.job import TrainingJob
from wsss.training.photos import TrainingPhotos
from wsss.training.runtime import run_training, train_on_labels
from wsss.training.settings import TrainingSettings
from wsss.training.targets import REGION, region_target
from wsss.training.watched import masks_of


def main(args: Namespace, settings: TrainingSettings) -> Json | None:
    job = TrainingJob.of(args, STAGE.script, STAGE.inputs)
    reads_labels = "labels" in SEGMENTERS[job.method].reads
    if reads_labels and not args.labels:
        raise UserError(f"'{job.method}' trains on label maps; give their folders with --labels")
    if args.labels and not reads_labels:
        raise UserError(f"'{job.method}' makes its labels itself; leave out --labels")
    if reads_labels:
        return train_on_labels(job, SEGMENTERS, settings, "labels")
    return train_on_tags(job, settings)


def train_on_tags(job: TrainingJob, settings: TrainingSettings) -> Json | None:
    """Train on the photos of the split that have a tag. The log says how many have none: nothing is
    known of them.
    """
    index = Index.load(job.index)
    photos = index.split(job.split)
    tagged = [photo for photo in photos if photo.tags]
    if len(tagged) < len(photos) and is_main_process():
        missing = len(photos) - len(tagged)
        print(f"{missing} of {len(photos)} photos have no tag and do not train", flush=True)
    masks = masks_of(index, tagged)
    targets = {REGION: region_target(), **masks}
    training = TrainingPhotos(index, tagged, settings, targets, places=True)
    watch = SupervisionCurve(index.labels) if masks else None
    return run_training(job, SEGMENTERS, settings, training, watch, gives="labels")


STAGE = Stage(__file__, __doc__, SEGMENTERS)
STAGE.index("the dataset's index", read_digests)
STAGE.input(
    "labels",
    "folders of label PNGs, for methods that train on them",
    nargs="*",
    required=False,
    default=[],
)
STAGE.input("start", "a model to start from instead of ImageNet weights", required=False)
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
