"""Train the image-level classifier on photos and their tags. Its class maps localise.

python stages/train_classifier.py cam --index index.json --out cam.safetensors --epochs 8
python stages/train_classifier.py seam --help
"""

from argparse import Namespace

from _project import Stage
from wsss.classify.registry import CLASSIFIERS
from wsss.data.index import Index, read_digests
from wsss.training.job import TrainingJob
from wsss.training.photos import TrainingPhotos
from wsss.training.runtime import run_training
from wsss.training.settings import TrainingSettings


def main(args: Namespace, settings: TrainingSettings) -> None:
    job = TrainingJob.of(args, STAGE.script, STAGE.inputs)
    index = Index.load(args.index)
    tagged = [photo for photo in index.split(job.split) if photo.tags]
    run_training(job, CLASSIFIERS, settings, TrainingPhotos(index, tagged, settings))


STAGE = Stage(__file__, __doc__, CLASSIFIERS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("start", "a model to start from instead of ImageNet weights", required=False)
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
