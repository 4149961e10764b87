"""Train a segmentation network on sparse seeds, which stay (static) or grow while it trains (dsrg).

    python stages/grow_seeds.py dsrg --index index.json --seeds seeds/*/ --split train --out dsrg.safetensors
"""

from _house import Stage
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.nets.models import save_model
from wsss.registry import load
from wsss.runtime import training_runtime
from wsss.seeds.registry import GROWERS
from wsss.training.loop import train
from wsss.training.photos import TrainingPhotos


def main(args, settings):
    index, seeds = Index.load(args.index), LabelFolder(args.seeds)
    photos = TrainingPhotos(index, index.split(args.split), settings, lambda photo_id: seeds[photo_id])
    entry = GROWERS[args.variant]
    with training_runtime(args, STAGE.script, entry, settings, [args.index, *args.seeds]) as runtime:
        task = load(entry.code)(settings, len(index.classes))
        history = train(task, photos, settings, runtime)
        save_model(args.out, task.network, args.variant, settings, index.classes, history)


STAGE = Stage(__file__, __doc__, GROWERS)
STAGE.input("index", "the dataset's index")
STAGE.input("seeds", "folders of seeds", nargs="+")
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
