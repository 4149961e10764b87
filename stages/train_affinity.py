"""Train affinities between nearby pixels on confident areas.

    python stages/train_affinity.py psa --index index.json --confident confident/*/ \\
        --out psa.safetensors
"""

from argparse import Namespace

from _project import Stage
from wsss.affinity.registry import AFFINITIES
from wsss.data.index import Index, read_digests
from wsss.run.records import Json
from wsss.training.job import TrainingJob
from wsss.training.label_targets import target_in
from wsss.training.photos import TrainingPhotos
from wsss.training.runtime import run_training
from wsss.training.settings import TrainingSettings
from wsss.training.targets import LABELS


def main(args: Namespace, settings: TrainingSettings) -> Json | None:
    job, index = TrainingJob.of(args, STAGE.script, STAGE.inputs), Index.load(args.index)
    tagged = [photo for photo in index.split(job.split) if photo.tags]
    photos = TrainingPhotos(index, tagged, settings, {LABELS: target_in(job.paths("confident"))})
    return run_training(job, AFFINITIES, settings, photos)


STAGE = Stage(__file__, __doc__, AFFINITIES)
STAGE.index("the dataset's index", read_digests)
STAGE.input("confident", "folders of confident areas", nargs="+")
STAGE.input("start", "a model to start from instead of ImageNet weights", required=False)
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
