"""Train the image-level classifier on photos and their tags. Its class maps localise.

python stages/train_classifier.py cam --index index.json --out cam.safetensors --epochs 8
python stages/train_classifier.py seam --help

The method cpn hides superpixels of the photos, which it is given with --superpixels.
"""

from argparse import Namespace
from pathlib import Path

import numpy as np

from _project import Stage
from wsss.classify.photos import choose_photos, find_gaps
from wsss.classify.registry import CLASSIFIERS
from wsss.classify.settings import ClassifierSettings
from wsss.data.index import Index, read_digests
from wsss.data.superpixels import OUTSIDE, Superpixels
from wsss.run.errors import UserError
from wsss.run.launch import is_main_process
from wsss.run.records import Json
from wsss.training.job import TrainingJob
from wsss.training.photos import TrainingPhotos
from wsss.training.runtime import run_training
from wsss.training.targets import Target


def main(args: Namespace, settings: ClassifierSettings) -> Json | None:
    args.index = index_path(args)
    job = TrainingJob.of(args, STAGE.script, STAGE.inputs)
    index = Index.load(job.index)
    photos = choose_photos(index.split(job.split), settings)
    if photos and is_main_process():
        for line in find_gaps(photos, index.classes, settings):
            print(line, flush=True)
    training = TrainingPhotos(index, photos, settings, read_targets(job, settings))
    return run_training(job, CLASSIFIERS, settings, training, gives="maps")


def index_path(args: Namespace) -> str:
    """The index of the photos that train: the dataset's, or that of other photos."""
    if bool(args.index) == bool(args.photos):
        raise UserError("give --index for the dataset's photos, or --photos for others, not both")
    return str(Path(args.photos, "index.json")) if args.photos else str(args.index)


def read_targets(job: TrainingJob, settings: ClassifierSettings) -> dict[str, Target]:
    """The superpixels, if the method and its settings read them; UserError if they are missing, or
    given to a method that reads none.
    """
    folders = job.paths("superpixels")
    if folders and "superpixels" not in CLASSIFIERS[job.method].reads:
        raise UserError(f"'{job.method}' reads no superpixels; leave out --superpixels")
    if getattr(settings, "pair", None) != "superpixels":
        return {}
    if not folders:
        raise UserError(
            "pair: superpixels needs the photos' superpixels; give their folders with "
            "--superpixels, or set --pair grid"
        )
    superpixels = Superpixels(folders)
    return {"superpixels": Target(lambda photo: superpixels[photo.id], OUTSIDE, dtype=np.int32)}


STAGE = Stage(__file__, __doc__, CLASSIFIERS)
STAGE.index("the dataset's index, unless other photos train", read_digests, required=False)
STAGE.input("photos", "the folder that index_other_photos.py wrote", required=False)
STAGE.input(
    "superpixels",
    "folders of superpixels, for methods that hide parts of photos",
    nargs="*",
    required=False,
    default=[],
)
STAGE.input("start", "a model to start from instead of ImageNet weights", required=False)
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
