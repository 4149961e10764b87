"""Train the segmentation network on label maps.

    python stages/train_segmenter.py deeplab --index index.json --labels labels/*/ --split train --out deeplab.safetensors
"""

from _house import Stage
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.nets.models import save_model
from wsss.registry import load
from wsss.runtime import training_runtime
from wsss.segment.registry import SEGMENTERS
from wsss.training.loop import train
from wsss.training.photos import TrainingPhotos


def main(args, settings):
    index, labels = Index.load(args.index), LabelFolder(args.labels)
    photos = TrainingPhotos(index, index.split(args.split), settings, lambda photo_id: labels[photo_id])
    entry = SEGMENTERS[args.variant]
    with training_runtime(args, STAGE.script, entry, settings, [args.index, *args.labels]) as runtime:
        task = load(entry.code)(settings, len(index.classes))
        history = train(task, photos, settings, runtime)
        save_model(args.out, task.network, args.variant, settings, index.classes, history)


STAGE = Stage(__file__, __doc__, SEGMENTERS)
STAGE.input("index", "the dataset's index")
STAGE.input("labels", "folders of label PNGs", nargs="+")
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
