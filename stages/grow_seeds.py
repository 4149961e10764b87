"""Train a segmentation network on sparse seeds, which are fixed (sec) or grow during the training
(dsrg).

Where photos have masks, PATH.measured.json beside the model says how right the supervision of each
epoch was. No mask is trained on, and the model is the same without masks.

    python stages/grow_seeds.py dsrg --index index.json --seeds seeds/*/ --out dsrg.safetensors
"""

from argparse import Namespace

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.run.records import Json
from wsss.score.supervision import SupervisionCurve
from wsss.seeds.registry import GROWERS
from wsss.training.job import TrainingJob
from wsss.training.label_targets import target_in
from wsss.training.photos import TrainingPhotos
from wsss.training.runtime import run_training
from wsss.training.settings import TrainingSettings
from wsss.training.targets import LABELS
from wsss.training.watched import masks_of


def main(args: Namespace, settings: TrainingSettings) -> Json | None:
    job, index = TrainingJob.of(args, STAGE.script, STAGE.inputs), Index.load(args.index)
    chosen = index.split(job.split)
    masks = masks_of(index, chosen)
    targets = {LABELS: target_in(job.paths("seeds")), **masks}
    photos = TrainingPhotos(index, chosen, settings, targets)
    watch = SupervisionCurve(index.labels) if masks else None
    return run_training(job, GROWERS, settings, photos, watch, gives="labels")


STAGE = Stage(__file__, __doc__, GROWERS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("seeds", "folders of seeds", nargs="+")
STAGE.input("start", "a model to start from instead of ImageNet weights", required=False)
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
