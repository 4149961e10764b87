"""Predict the label of every pixel with a trained network: one folder of palette PNGs for each
shard.

    python stages/predict.py predict --index index.json --model deeplab.safetensors \\
        --split val --out predictions
"""

from argparse import Namespace

from _project import Stage
from wsss.data.images import write_labels
from wsss.data.index import Index, read_digests
from wsss.data.shards import parse_shard, photos_of
from wsss.nets.device import use_device
from wsss.nets.inference import inference_task
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.run.settings import Settings
from wsss.segment.registry import NETWORKS, PREDICTORS


def main(args: Namespace, settings: Settings) -> None:
    index = Index.load(args.index, parse_shard(args.shard))
    device = use_device(args.device, args.threads)
    task = inference_task(args.model, NETWORKS, index.classes, device)
    predict = load(PREDICTORS[args.method].code)
    tagged = {*index.splits.get("train", ()), *index.splits.get("val", ())}
    with atomic(args.out) as folder:
        folder.mkdir()
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            tags = photo.tags if args.within_tags and photo.id in tagged else None
            write_labels(folder / f"{photo.id}.png", predict(task, pixels, settings, device, tags))


STAGE = Stage(__file__, __doc__, PREDICTORS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("model", "the network")
STAGE.option("split", "the split", default="val")
STAGE.option(
    "within_tags",
    "predict only tags of the photo and background, for photos in train and val, whose tags are "
    "known; never for a score",
    action="store_true",
)
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the folder of predictions")

if __name__ == "__main__":
    STAGE.run(main)
