"""Train affinities between nearby pixels on sure areas.

    python stages/train_affinity.py psa --index index.json --sure sure/*/ --split train --out psa.safetensors
"""

from _house import Stage
from wsss.affinity.registry import AFFINITIES
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.training.runtime import run_training
from wsss.training.photos import TrainingPhotos


def main(args, settings):
    index, sure = Index.load(args.index), LabelFolder(args.sure)
    tagged = [p for p in index.split(args.split) if p.tags]
    photos = TrainingPhotos(index, tagged, settings, lambda photo_id: sure[photo_id])
    run_training(args, STAGE.script, AFFINITIES, settings, photos, [args.index, *args.sure])


STAGE = Stage(__file__, __doc__, AFFINITIES)
STAGE.input("index", "the dataset's index")
STAGE.input("sure", "folders of sure areas", nargs="+")
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
