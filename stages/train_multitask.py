"""Train a network of several tasks on tags, saliency maps and label maps.

    python stages/train_multitask.py auxsegnet --index index.json --labels labels/*/ \\
        --saliency saliency/*/ --out auxsegnet.safetensors
"""

from argparse import Namespace

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.data.label_folder import LabelFolder
from wsss.multitask.registry import MULTITASKS
from wsss.multitask.settings import MultitaskSettings
from wsss.multitask.targets import make_targets
from wsss.run.records import Json
from wsss.training.job import TrainingJob
from wsss.training.label_targets import target_in
from wsss.training.photos import TrainingPhotos
from wsss.training.runtime import run_training


def main(args: Namespace, settings: MultitaskSettings) -> Json | None:
    job = TrainingJob.of(args, STAGE.script, STAGE.inputs)
    index = Index.load(job.index)
    labels = target_in(job.paths("labels"), index=index)
    saliency = LabelFolder(job.paths("saliency"), "saliency map")
    targets = make_targets(labels, lambda photo: saliency[photo.id], settings.padding)
    photos = TrainingPhotos(index, index.split(job.split), settings, targets)
    return run_training(job, MULTITASKS, settings, photos, gives="labels")


STAGE = Stage(__file__, __doc__, MULTITASKS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("labels", "folders of label PNGs", nargs="+")
STAGE.input("saliency", "folders of saliency maps", nargs="+")
STAGE.input("start", "a model to start from instead of ImageNet weights", required=False)
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
