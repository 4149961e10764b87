"""Train a segmentation network on sparse seeds, which stay (sec) or grow while it trains (dsrg).

Where photos have masks, the model's JSON tells how right the supervision of each epoch was; no mask is trained on.

    python stages/grow_seeds.py dsrg --index index.json --seeds seeds/*/ --split train --out dsrg.safetensors
"""

from _house import Stage
from wsss.data.images import read_labels
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.training.runtime import run_training
from wsss.score.supervision import SupervisionCurve
from wsss.seeds.registry import GROWERS
from wsss.training.photos import TrainingPhotos


def main(args, settings):
    index, seeds = Index.load(args.index), LabelFolder(args.seeds)
    chosen = index.split(args.split)
    masked = any(photo.mask for photo in chosen)
    photos = TrainingPhotos(index, chosen, settings, lambda photo_id: seeds[photo_id], mask_of(index) if masked else None)
    curve = SupervisionCurve(index.labels) if masked else None
    run_training(args, STAGE.script, GROWERS, settings, photos, [args.index, *args.seeds], curve)


def mask_of(index):
    return lambda photo: read_labels(index.mask_path(photo)) if photo.mask else None


STAGE = Stage(__file__, __doc__, GROWERS)
STAGE.input("index", "the dataset's index")
STAGE.input("seeds", "folders of seeds", nargs="+")
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
