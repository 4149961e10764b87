"""Predict the label of every pixel with a trained network: one folder of palette PNGs for each
shard.

    python stages/predict.py predict --index index.json --model deeplab.safetensors \\
        --split val --out predictions
"""

from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from _project import Stage
from wsss.classify.registry import CLASSIFIERS
from wsss.data.confidence import Confidence, write_table
from wsss.data.images import write_grey, write_labels
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
from wsss.score.confidence import expected_iou, shares_without_tag
from wsss.segment.predict import Detail, predict_detail
from wsss.segment.predict_settings import PredictSettings
from wsss.segment.registry import NETWORKS, PREDICTORS

Tags = tuple[int, ...] | None
"""the label ids of a photo's tags; None where they are not known"""


def main(args: Namespace, settings: Settings) -> Json:
    index = Index.load(args.index, parse_shard(args.shard))
    device = use_device(args.device, args.threads)
    task = inference_task(args.model, NETWORKS, index.classes, device)
    known = read_known(args, settings, index, device)
    superpixels = Superpixels(args.superpixels) if args.superpixels else None
    tagged, watch = index.ids_with_known_tags(), LabelWatch(index.labels)
    predict, rows = find_predictor(args, settings, task, device), dict[str, Confidence]()
    with both(args.out, args.confidence) as (folder, beside):
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            tags = photo.tags if args.within_tags and photo.id in tagged else None
            if superpixels is not None:
                known["regions"] = superpixels.read(photo.id, pixels.shape[:2])
            labels, detail = predict(pixels, tags, known)
            write_labels(folder / f"{photo.id}.png", labels)
            watch.add(labels)
            if beside is not None and detail is not None:
                rows[photo.id] = rate(detail, tags)
                write_grey(beside / f"{photo.id}.png", detail.confidence)
        if beside is not None:
            write_table(beside, rows)
    return note_seen(watch.seen())


def find_predictor(
    args: Namespace, settings: Settings, task: Any, device: torch.device
) -> Callable[[np.ndarray, Tags, dict[str, Any]], tuple[np.ndarray, Detail | None]]:
    """The function from a photo, its tags and what else is known to its labels and, where
    confidence is asked for and the method has probabilities, to these.
    """
    method = load(PREDICTORS[args.method].code)

    def in_detail(pixels: np.ndarray, tags: Tags, known: dict[str, Any]) -> Any:
        assert isinstance(settings, PredictSettings)
        detail = predict_detail(task, pixels, settings, device, tags, **known)
        return detail.labels, detail

    def plain(pixels: np.ndarray, tags: Tags, known: dict[str, Any]) -> Any:
        return method(task, pixels, settings, device, tags, **known), None

    if args.confidence and isinstance(settings, PredictSettings):
        return in_detail
    return plain


@contextmanager
def both(out: str, confidence: str | None) -> Iterator[tuple[Path, Path | None]]:
    """The folders to write into. Both appear, or neither; the second may be missing."""
    with ExitStack() as stack:
        folders = [stack.enter_context(atomic(path)) for path in (out, confidence) if path]
        for folder in folders:
            folder.mkdir()
        yield folders[0], folders[1] if confidence else None


def rate(detail: Detail, tags: Tags) -> Confidence:
    """The figures of a predicted photo, to three digits."""
    expected = expected_iou(detail.labels, detail.probabilities, tags or ())
    seen = {} if tags is None else shares_without_tag(detail.untold, tags)
    shares = {label: round(share, 3) for label, share in seen.items()}
    return Confidence(round(100 * float(detail.confidence.mean()), 3), round(expected, 3), shares)


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
STAGE.output(
    "confidence",
    "the folder of confidence, of methods with probabilities: grey PNGs and a table",
    required=False,
)

if __name__ == "__main__":
    STAGE.run(main)
