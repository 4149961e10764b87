"""Write pseudo-labels from score maps (crf, par, argmax, group) or labels from true masks (truth):
one folder of palette PNGs for each shard.

    python stages/write_labels.py crf --index index.json --maps maps/*.h5 --split train --out labels
    python stages/write_labels.py truth --index index.json --split train --out labels
"""

from argparse import Namespace
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from _project import Stage
from wsss.data.images import write_grey, write_labels
from wsss.data.index import Index, read_digests
from wsss.data.maps import MapReader
from wsss.data.photo import Photo
from wsss.data.shards import parse_shard, photos_of
from wsss.data.suspicion import LabelWatch
from wsss.labels.account import LabelAccount
from wsss.labels.registry import LABELLERS
from wsss.labels.settings import LabelSettings
from wsss.losses.labels_settings import CONFIDENCE, SECOND
from wsss.run.errors import UserError
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.run.records import Json
from wsss.run.settings import Settings
from wsss.run.warnings import warn
from wsss.saliency.maps import SaliencyMaps

Maps = dict[str, np.ndarray]
"""subfolder -> what it holds of a photo; "" has the labels"""
Label = Callable[[Photo, np.ndarray], tuple[Maps, Iterable[int]]]
"""from a photo and its pixels to its maps and the classes that its labels should have"""


def main(args: Namespace, settings: Settings) -> Json | None:
    index = Index.load(args.index, parse_shard(args.shard))
    label, account = find_labeller(args, settings, index), LabelAccount()
    watch = LabelWatch(index.labels)
    beside = (CONFIDENCE, SECOND) if getattr(settings, "confidence", False) else ()
    with atomic(args.out) as folder:
        for name in ("", *beside):
            (folder / name).mkdir(parents=True)
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            maps, classes = label(photo, pixels)
            for name, values in maps.items():
                write = write_grey if name == CONFIDENCE else write_labels
                write(folder / name / f"{photo.id}.png", values)
            account.add(photo.id, maps[""], classes)
            watch.add(maps[""])
    print(account.text(), end="", flush=True)
    return warn(watch.lines())


def find_labeller(args: Namespace, settings: Settings, index: Index) -> Label:
    """The function that labels a photo; UserError for a missing input."""
    method = LABELLERS[args.method]
    label = load(method.code)
    if "maps" not in method.reads:
        return lambda photo, pixels: ({"": label(index, photo)}, photo.tags)
    if not args.maps:
        raise UserError(f"labels by {args.method} are made from score maps; give them with --maps")
    if not isinstance(settings, LabelSettings):
        return salient_labels(label, settings, args)
    if settings.background == "saliency" and not args.saliency:
        raise UserError("background saliency needs saliency maps; give them with --saliency")
    return label_maps(label, settings, args)


def label_maps(label: Any, settings: LabelSettings, args: Namespace) -> Label:
    """The function that labels a photo by its score map, with the function `label` of a method."""
    score_maps = MapReader(args.maps)
    saliency = SaliencyMaps(args.saliency) if args.saliency else None

    def from_map(photo: Photo, pixels: np.ndarray) -> tuple[Maps, Iterable[int]]:
        item = score_maps[photo.id]
        salient = saliency.read(photo.id, pixels.shape[:2]) if saliency else None
        labelled = label(pixels, item, settings, salient)
        maps = {"": labelled.labels}
        if settings.confidence:
            maps |= {CONFIDENCE: labelled.confidence, SECOND: labelled.second}
        return maps, item.labels[item.labels > 0]

    return from_map


def salient_labels(label: Any, settings: Settings, args: Namespace) -> Label:
    """The function that labels a photo by its score map and its saliency, both of which the
    function `label` of a method needs.
    """
    if not args.saliency:
        raise UserError(f"labels by {args.method} need saliency maps; give them with --saliency")
    score_maps, saliency = MapReader(args.maps), SaliencyMaps(args.saliency)

    def from_map(photo: Photo, pixels: np.ndarray) -> tuple[Maps, Iterable[int]]:
        item = score_maps[photo.id]
        salient = saliency.read(photo.id, pixels.shape[:2])
        return {"": label(item, settings, salient)}, item.labels[item.labels > 0]

    return from_map


STAGE = Stage(__file__, __doc__, LABELLERS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("maps", "shards of score maps (.h5)", nargs="*", required=False, default=[])
STAGE.input(
    "saliency",
    "folders of saliency maps, for background: saliency and for the method group",
    nargs="*",
    required=False,
    default=[],
)
STAGE.option("split", "the split", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the folder of labels")

if __name__ == "__main__":
    STAGE.run(main)
