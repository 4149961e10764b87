"""Train the image-level classifier: photos and their tags in, a network whose class maps localise out.

    python stages/train_classifier.py cam --index index.json --split train --out cam.safetensors --epochs 8
    python stages/train_classifier.py seam --help
"""

from _house import Stage
from wsss.classify.registry import CLASSIFIERS
from wsss.data.index import Index
from wsss.nets.models import save_model
from wsss.registry import load
from wsss.runtime import training_runtime
from wsss.training.loop import train
from wsss.training.photos import TrainingPhotos


def main(args, settings):
    index = Index.load(args.index)
    photos = [p for p in index.split(args.split) if p.tags]
    entry = CLASSIFIERS[args.variant]
    with training_runtime(args, STAGE.script, entry, settings, [args.index]) as runtime:
        task = load(entry.code)(settings, len(index.classes))
        history = train(task, TrainingPhotos(index, photos, settings), settings, runtime)
        save_model(args.out, task.network, args.variant, settings, index.classes, history)


STAGE = Stage(__file__, __doc__, CLASSIFIERS)
STAGE.input("index", "the dataset's index")
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
