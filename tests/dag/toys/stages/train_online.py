"""Train a segmentation network in one training from photos and tags."""

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.segment.registry import ONLINE
from wsss.training.job import TrainingJob
from wsss.training.photos import TrainingPhotos
from wsss.training.runtime import run_training


def main(args, settings):
    index = Index.load(args.index)
    photos = TrainingPhotos(
        index, [photo for photo in index.split(args.split) if photo.tags], settings
    )
    run_training(TrainingJob.of(args, STAGE.script, STAGE.inputs), ONLINE, settings, photos)


STAGE = Stage(__file__, __doc__, ONLINE)
STAGE.index("the dataset's index", read_digests)
STAGE.input("start", "a model to start from", required=False)
STAGE.option("split", "the split", default="train")
STAGE.output("out", "the model")

if __name__ == "__main__":
    STAGE.run(main)
