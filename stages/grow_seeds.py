"""Train a segmentation network on sparse seeds, which are fixed (sec) or grow during the training
(dsrg).

Where photos have masks, PATH.measured.json beside the model says how right the supervision of each
epoch was. No mask is trained on, and the model is the same without masks.

    python stages/grow_seeds.py dsrg --index index.json --seeds seeds/*/ --out dsrg.safetensors
"""

from argparse import Namespace

import numpy as np

from _project import Stage
from wsss.data.images import read_labels
from wsss.data.index import Index, read_digests
from wsss.data.photo import Photo
from wsss.run.records import Json
from wsss.score.supervision import SupervisionCurve
from wsss.seeds.registry import GROWERS
from wsss.training.job import TrainingJob
from wsss.training.label_targets import target_in
from wsss.training.photos import TrainingPhotos
from wsss.training.runtime import run_training
from wsss.training.settings import TrainingSettings
from wsss.training.targets import LABELS, TRUTH, labels_target


def main(args: Namespace, settings: TrainingSettings) -> Json | None:
    job, index = TrainingJob.of(args, STAGE.script, STAGE.inputs), Index.load(args.index)
    chosen = index.split(job.split)
    targets = {LABELS: target_in(job.paths("seeds"))}
    masked = any(has_mask(index, photo) for photo in chosen)
    if masked:
        targets[TRUTH] = labels_target(lambda photo: mask_of(index, photo))
    photos = TrainingPhotos(index, chosen, settings, targets)
    watch = SupervisionCurve(index.labels) if masked else None
    return run_training(job, GROWERS, settings, photos, watch, gives="labels")


def has_mask(index: Index, photo: Photo) -> bool:
    """Whether the true mask of a photo exists. The file may have been deleted since the photo was
    indexed.
    """
    path = index.annotation_path(photo, "mask")
    return path is not None and path.is_file()


def mask_of(index: Index, photo: Photo) -> np.ndarray | None:
    """The true mask of a photo, uint8 (H, W); None for a photo without one."""
    return read_labels(index.mask_path(photo)) if has_mask(index, photo) else None


STAGE = Stage(__file__, __doc__, GROWERS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("seeds", "folders of seeds", nargs="+")
STAGE.input("start", "a model to start from instead of ImageNet weights", required=False)
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
