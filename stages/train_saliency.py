"""Train a saliency network on other photos than the dataset's. These photos have saliency masks.

python stages/train_saliency.py deeplab --photos saliency --out saliency.safetensors
"""

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from _project import Stage
from wsss.run.records import Json
from wsss.saliency.registry import SALIENCY_NETS
from wsss.training.job import TrainingJob
from wsss.training.runtime import train_on_labels
from wsss.training.settings import TrainingSettings


def main(args: Namespace, settings: TrainingSettings) -> Json | None:
    # The folder of photos brings its own index and masks. Both are set here as if they were
    # arguments of the command line.
    args.index = Path(args.photos, "index.json")
    job = TrainingJob.of(args, STAGE.script, STAGE.inputs)
    masks = ("", str(Path(args.photos, "masks")))  # (name, path); a plain path has no name
    job = replace(job, inputs={**job.inputs, "masks": (masks,)})
    return train_on_labels(job, SALIENCY_NETS, settings, labels="masks")


STAGE = Stage(__file__, __doc__, SALIENCY_NETS)
STAGE.input("photos", "the folder that index_saliency.py wrote")
STAGE.input("start", "a model to start from instead of ImageNet weights", required=False)
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
