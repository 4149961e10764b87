"""Train a segmentation network on sparse seeds, which stay (static) or grow while it trains (dsrg).

    python stages/grow_seeds.py dsrg --index index.json --seeds seeds/*/ --split train --out dsrg.safetensors
"""

from _house import Stage
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.runtime import run_training
from wsss.seeds.registry import GROWERS
from wsss.training.photos import TrainingPhotos


def main(args, settings):
    index, seeds = Index.load(args.index), LabelFolder(args.seeds)
    photos = TrainingPhotos(index, index.split(args.split), settings, lambda photo_id: seeds[photo_id])
    run_training(args, STAGE.script, GROWERS, settings, photos, [args.index, *args.seeds])


STAGE = Stage(__file__, __doc__, GROWERS)
STAGE.input("index", "the dataset's index")
STAGE.input("seeds", "folders of seeds", nargs="+")
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
