"""Train affinities between nearby pixels on sure areas.

    python stages/train_affinity.py psa --index index.json --sure sure/*/ --split train --out psa.safetensors
"""

from _house import Stage
from wsss.affinity.registry import AFFINITIES
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.nets.models import save_model
from wsss.registry import load
from wsss.runtime import training_runtime
from wsss.training.loop import train
from wsss.training.photos import TrainingPhotos


def main(args, settings):
    index, sure = Index.load(args.index), LabelFolder(args.sure)
    tagged = [p for p in index.split(args.split) if p.tags]
    photos = TrainingPhotos(index, tagged, settings, lambda photo_id: sure[photo_id])
    entry = AFFINITIES[args.variant]
    with training_runtime(args, STAGE.script, entry, settings, [args.index, *args.sure]) as runtime:
        task = load(entry.code)(settings, len(index.classes))
        history = train(task, photos, settings, runtime)
        save_model(args.out, task.network, args.variant, settings, index.classes, history)


STAGE = Stage(__file__, __doc__, AFFINITIES)
STAGE.input("index", "the dataset's index")
STAGE.input("sure", "folders of sure areas", nargs="+")
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
