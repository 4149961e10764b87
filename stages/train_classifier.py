"""Train the image-level classifier: photos and their tags in, a network whose class maps localise out.

    python stages/train_classifier.py cam --index index.json --split train --out cam.safetensors --epochs 8
    python stages/train_classifier.py seam --help
"""

from _house import Stage
from wsss.classify.registry import CLASSIFIERS
from wsss.data.index import Index
from wsss.training.runtime import run_training
from wsss.training.photos import TrainingPhotos


def main(args, settings):
    index = Index.load(args.index)
    photos = TrainingPhotos(index, [p for p in index.split(args.split) if p.tags], settings)
    run_training(args, STAGE.script, CLASSIFIERS, settings, photos, [args.index])


STAGE = Stage(__file__, __doc__, CLASSIFIERS)
STAGE.input("index", "the dataset's index")
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
