"""Predict the label of every pixel with a trained network: one folder of palette PNGs for each
shard.

    python stages/predict.py predict --index index.json --model deeplab.safetensors \\
        --split val --out predictions
"""

from argparse import Namespace
from typing import Any

import torch

from _project import Stage
from wsss.classify.registry import CLASSIFIERS
from wsss.data.images import write_labels
from wsss.data.index import Index, read_digests
from wsss.data.priors import read_factors
from wsss.data.shards import parse_shard, photos_of
from wsss.data.superpixels import Superpixels
from wsss.data.suspicion import LabelWatch, note_seen
from wsss.nets.device import use_device
from wsss.nets.inference import inference_task
from wsss.run.errors import UserError
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.run.records import Json
from wsss.run.settings import Settings
from wsss.segment.registry import NETWORKS, PREDICTORS


def main(args: Namespace, settings: Settings) -> Json:
    index = Index.load(args.index, parse_shard(args.shard))
    device = use_device(args.device, args.threads)
    task = inference_task(args.model, NETWORKS, index.classes, device)
    predict, known = load(PREDICTORS[args.method].code), read_known(args, settings, index, device)
    superpixels = Superpixels(args.superpixels) if args.superpixels else None
    tagged, watch = index.ids_with_known_tags(), LabelWatch(index.labels)
    with atomic(args.out) as folder:
        folder.mkdir()
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            tags = photo.tags if args.within_tags and photo.id in tagged else None
            if superpixels is not None:
                known["regions"] = superpixels.read(photo.id, pixels.shape[:2])
            labels = predict(task, pixels, settings, device, tags, **known)
            write_labels(folder / f"{photo.id}.png", labels)
            watch.add(labels)
    return note_seen(watch.seen())


def read_known(
    args: Namespace, settings: Settings, index: Index, device: torch.device
) -> dict[str, Any]:
    """The arguments of the method for what is known besides the network; UserError for an input
    that it does not read, and for a missing one.
    """
    reads = PREDICTORS[args.method].reads
    for name in ("tagger", "priors", "superpixels"):
        if getattr(args, name) and name not in reads:
            raise UserError(f"predict by '{args.method}' reads no {name}; leave out --{name}")
    known: dict[str, Any] = {}
    prior = getattr(settings, "tag_prior", "none") if "tagger" in reads else "none"
    if prior != "none" and args.tagger is None:
        raise UserError(f"tag_prior '{prior}' needs a classifier; give it with --tagger")
    if prior != "none":
        known["tagger"] = inference_task(args.tagger, CLASSIFIERS, index.classes, device)
    if getattr(settings, "needs_superpixels", False) and not args.superpixels:
        raise UserError("this smoothing needs superpixels; give them with --superpixels")
    if args.priors:
        known["factors"] = read_factors(args.priors, index.labels)
    return known


STAGE = Stage(__file__, __doc__, PREDICTORS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("model", "the network")
STAGE.input("tagger", "the classifier, if tag_prior is not none", required=False)
STAGE.input("priors", "the factors on the labels (JSON), if any", required=False)
STAGE.input(
    "superpixels", "folders of superpixels, for smoothing by them", nargs="+", required=False
)
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
