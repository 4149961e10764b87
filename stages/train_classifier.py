"""Train the image-level classifier on photos and their tags. Its class maps localise.

python stages/train_classifier.py cam --index index.json --out cam.safetensors --epochs 8
python stages/train_classifier.py seam --help
"""

from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.classify.photos import choose_photos, find_gaps
from wsss.classify.registry import CLASSIFIERS
from wsss.classify.settings import ClassifierSettings
from wsss.data.index import Index, read_digests
from wsss.run.errors import UserError
from wsss.run.launch import is_main_process
from wsss.training.job import TrainingJob
from wsss.training.photos import TrainingPhotos
from wsss.training.runtime import run_training


def main(args: Namespace, settings: ClassifierSettings) -> None:
    args.index = index_path(args)
    job = TrainingJob.of(args, STAGE.script, STAGE.inputs)
    index = Index.load(job.index)
    photos = choose_photos(index.split(job.split), settings)
    for line in find_gaps(photos, index.classes, settings) if photos and is_main_process() else []:
        print(line, flush=True)
    run_training(job, CLASSIFIERS, settings, TrainingPhotos(index, photos, settings))


def index_path(args: Namespace) -> str:
    """The index of the photos that train: the dataset's, or that of other photos."""
    if bool(args.index) == bool(args.photos):
        raise UserError("give --index for the dataset's photos, or --photos for others, not both")
    return str(Path(args.photos, "index.json")) if args.photos else str(args.index)


STAGE = Stage(__file__, __doc__, CLASSIFIERS)
STAGE.index("the dataset's index, unless other photos train", read_digests, required=False)
STAGE.input("photos", "the folder that index_other_photos.py wrote", required=False)
STAGE.input("start", "a model to start from instead of ImageNet weights", required=False)
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
