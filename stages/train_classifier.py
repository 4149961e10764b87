"""Train the image-level classifier on photos and their tags. Its class maps localise.

python stages/train_classifier.py cam --index index.json --out cam.safetensors --epochs 8
python stages/train_classifier.py seam --help

The method cpn hides superpixels of the photos, which it is given with --superpixels.
"""

from argparse import Namespace

import numpy as np

from _project import Stage
from wsss.classify.registry import CLASSIFIERS
from wsss.data.index import Index, read_digests
from wsss.data.superpixels import OUTSIDE, Superpixels
from wsss.run.errors import UserError
from wsss.training.job import TrainingJob
from wsss.training.photos import TrainingPhotos
from wsss.training.runtime import run_training
from wsss.training.settings import TrainingSettings
from wsss.training.targets import Target


def main(args: Namespace, settings: TrainingSettings) -> None:
    job = TrainingJob.of(args, STAGE.script, STAGE.inputs)
    index = Index.load(args.index)
    tagged = [photo for photo in index.split(job.split) if photo.tags]
    photos = TrainingPhotos(index, tagged, settings, read_targets(job, settings))
    run_training(job, CLASSIFIERS, settings, photos)


def read_targets(job: TrainingJob, settings: TrainingSettings) -> dict[str, Target]:
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
STAGE.index("the dataset's index", read_digests)
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
