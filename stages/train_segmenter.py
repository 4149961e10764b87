"""Train the segmentation network on label maps.

    python stages/train_segmenter.py deeplab --index index.json --labels labels/*/ --split train --out deeplab.safetensors
"""

from _house import Stage
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.runtime import run_training
from wsss.segment.registry import SEGMENTERS
from wsss.training.photos import TrainingPhotos


def main(args, settings):
    index, labels = Index.load(args.index), LabelFolder(args.labels)
    photos = TrainingPhotos(index, index.split(args.split), settings, lambda photo_id: labels[photo_id])
    run_training(args, STAGE.script, SEGMENTERS, settings, photos, [args.index, *args.labels])


STAGE = Stage(__file__, __doc__, SEGMENTERS)
STAGE.input("index", "the dataset's index")
STAGE.input("labels", "folders of label PNGs", nargs="+")
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
