"""Train the segmentation network on label maps.

    python stages/train_segmenter.py deeplab --index index.json --labels labels/*/ \\
        --out deeplab.safetensors
"""

from argparse import Namespace

from _project import Stage
from wsss.data.index import read_digests
from wsss.run.records import Json
from wsss.segment.registry import SEGMENTERS
from wsss.training.job import TrainingJob
from wsss.training.runtime import train_on_labels
from wsss.training.settings import TrainingSettings


def main(args: Namespace, settings: TrainingSettings) -> Json | None:
    return train_on_labels(
        TrainingJob.of(args, STAGE.script, STAGE.inputs), SEGMENTERS, settings, "labels"
    )


STAGE = Stage(__file__, __doc__, SEGMENTERS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("labels", "folders of label PNGs", nargs="+")
STAGE.input("start", "a model to start from instead of ImageNet weights", required=False)
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
