"""Train a network on labels, from the weights of the round before where there are some."""

from _project import Stage
from wsss.data.index import read_digests
from wsss.segment.registry import TASKS
from wsss.training.job import TrainingJob
from wsss.training.runtime import train_on_labels


def main(args, settings):
    train_on_labels(TrainingJob.of(args, STAGE.script, STAGE.inputs), TASKS, settings, "labels")


STAGE = Stage(__file__, __doc__, TASKS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("labels", "folders of labels", nargs="+")
STAGE.input("saliency", "folders of saliency maps", nargs="+")
STAGE.input("start", "a model to start from", required=False)
STAGE.option("split", "the split", default="train")
STAGE.output("out", "the model")

if __name__ == "__main__":
    STAGE.run(main)
