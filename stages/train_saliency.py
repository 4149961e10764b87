"""Train a saliency network on photos with masks that are not of the dataset.

    python stages/train_saliency.py deeplab --index saliency/index.json --labels saliency/masks --out saliency.safetensors
"""

from _house import Stage
from wsss.training.runtime import train_on_labels
from wsss.saliency.registry import SALIENCY_NETS


def main(args, settings):
    train_on_labels(args, STAGE.script, SALIENCY_NETS, settings)


STAGE = Stage(__file__, __doc__, SALIENCY_NETS)
STAGE.input("index", "the index of the photos with masks")
STAGE.input("labels", "folders of their masks", nargs="+")
STAGE.option("split", "the split to train on", default="train")
STAGE.output("out", "the model (safetensors; PATH.json beside it says how to build it)")

if __name__ == "__main__":
    STAGE.run(main)
