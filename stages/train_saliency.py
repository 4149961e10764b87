"""Train a saliency network on photos with masks that are not of the dataset.

    python stages/train_saliency.py deeplab --index saliency/index.json --labels saliency/masks --out saliency.safetensors
"""

from _house import Stage
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.runtime import run_training
from wsss.saliency.registry import SALIENCY_NETS
from wsss.training.photos import TrainingPhotos


def main(args, settings):
    index, labels = Index.load(args.index), LabelFolder(args.labels)
    photos = TrainingPhotos(index, index.split(args.split), settings, lambda photo_id: labels[photo_id])
    run_training(args, STAGE.script, SALIENCY_NETS, settings, photos, [args.index, *args.labels])


STAGE = Stage(__file__, __doc__, SALIENCY_NETS)
STAGE.input("index", "the index of the photos with masks")
STAGE.input("labels", "folders of their masks", nargs="+")
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
