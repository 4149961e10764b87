"""Train a saliency network on photos with masks from elsewhere than the dataset.

python stages/train_saliency.py deeplab --photos saliency --out saliency.safetensors
"""

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from _project import Stage
from wsss.saliency.registry import SALIENCY_NETS
from wsss.training.job import TrainingJob
from wsss.training.runtime import train_on_labels
from wsss.training.settings import TrainingSettings


def main(args: Namespace, settings: TrainingSettings) -> None:
    args.index = Path(args.photos, "index.json")
    job, masks = TrainingJob.of(args, STAGE.script, STAGE.inputs), str(Path(args.photos, "masks"))
    train_on_labels(
        replace(job, inputs={**job.inputs, "masks": (("", masks),)}),
        SALIENCY_NETS,
        settings,
        "masks",
    )


STAGE = Stage(__file__, __doc__, SALIENCY_NETS)
STAGE.input("photos", "the folder that index_saliency.py wrote")
STAGE.input("start", "a model to start from instead of ImageNet weights", required=False)
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
