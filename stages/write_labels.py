"""Write pseudo-labels from score maps (crf, par, argmax, group, proposals), or labels from
annotations (truth, scribbles, simulated_scribbles, points, boxes, mixture): one folder of palette
PNGs for each shard.

    python stages/write_labels.py crf --index index.json --maps maps/*.h5 --split train --out labels
    python stages/write_labels.py boxes --index index.json --split train --out labels
"""

from argparse import Namespace
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from _project import Stage
from wsss.data.box_files import write_boxes
from wsss.data.correction_values import KIND, read_correction
from wsss.data.depth import depth_of
from wsss.data.digests import ABSENT
from wsss.data.images import write_grey, write_labels
from wsss.data.index import Index, read_digests
from wsss.data.label_folder import LabelFolder
from wsss.data.maps import MapReader
from wsss.data.photo import Photo
from wsss.data.shards import parse_shard, photos_of
from wsss.data.suspicion import LabelWatch, note_seen
from wsss.labels.account import LabelAccount
from wsss.labels.annotation_account import AnnotationAccount
from wsss.labels.corrected import correct
from wsss.labels.known import Known
from wsss.labels.registry import LABELLERS
from wsss.labels.settings import LabelSettings
from wsss.losses.labels_settings import CONFIDENCE, SECOND
from wsss.losses.multi_point_settings import BOXES
from wsss.run.errors import UserError
from wsss.run.files import atomic
from wsss.run.methods import Method, load
from wsss.run.records import Json
from wsss.run.settings import Settings
from wsss.run.warnings import CORRECTED
from wsss.saliency.maps import SaliencyMaps

Maps = dict[str, np.ndarray]
"""subfolder -> what it holds of a photo; "" has the labels"""
Label = Callable[[Photo, np.ndarray], tuple[Maps, Iterable[int]]]
"""from a photo and its pixels to its maps and the classes that its labels should have"""


def main(args: Namespace, settings: Settings) -> Json:
    index = Index.load(args.index, parse_shard(args.shard))
    account, annotated = LabelAccount(), AnnotationAccount()
    label = find_labeller(args, settings, index, annotated)
    watch, beside, corrected = LabelWatch(index.labels), list_subfolders(settings), 0
    with atomic(args.out) as folder:
        for name in ("", *beside):
            (folder / name).mkdir(parents=True)
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            maps, classes = label(photo, pixels)
            made = read_correction(index, photo) if args.corrected else None
            if made is not None:
                maps, corrected = correct(maps, made), corrected + 1
            for name, values in maps.items():
                write_map(folder / name, photo.id, values, pixels)
            account.add(photo.id, maps[""], classes)
            watch.add(maps[""])
    told = annotated.text() if is_of_annotations(LABELLERS[args.method]) else ""
    print(told + account.text(), end="", flush=True)
    return {**note_seen(watch.seen()), **({CORRECTED: corrected} if args.corrected else {})}


def list_subfolders(settings: Settings) -> tuple[str, ...]:
    """What is written beside the labels."""
    if getattr(settings, "confidence", False):
        return CONFIDENCE, SECOND
    return (BOXES,) if getattr(settings, "keep_boxes", False) else ()


def write_map(folder: Path, photo_id: str, values: np.ndarray, pixels: np.ndarray) -> None:
    """Write the labels of a photo, or what is beside them, by the name of the folder."""
    if folder.name == BOXES:
        write_boxes(folder / f"{photo_id}.json", values.tolist(), pixels.shape[:2])
        return
    write = write_grey if folder.name == CONFIDENCE else write_labels
    write(folder / f"{photo_id}.png", values)


def find_labeller(
    args: Namespace, settings: Settings, index: Index, annotated: AnnotationAccount
) -> Label:
    """The function that labels a photo; UserError for a missing input."""
    method = LABELLERS[args.method]
    label = load(method.code)
    if is_of_annotations(method):
        check_annotations(args, method.annotations)
        return label_annotations(label, settings, args, index, annotated)
    if not args.maps:
        raise UserError(f"labels by {args.method} are made from score maps; give them with --maps")
    if "depth" in method.annotations:
        return label_depths(label, settings, args, index)
    if not isinstance(settings, LabelSettings):
        return salient_labels(label, settings, args)
    if settings.background == "saliency" and not args.saliency:
        raise UserError("background saliency needs saliency maps; give them with --saliency")
    return label_maps(label, settings, args)


def is_of_annotations(method: Method) -> bool:
    """Whether a method labels photos by their annotations alone, not by score maps."""
    return bool(method.annotations) and "maps" not in method.reads


def check_annotations(args: Namespace, kinds: tuple[str, ...]) -> None:
    """UserError if no photo of the split has an annotation of one of these kinds."""
    digests = read_digests(args.index, args.split, kinds)
    if not args.rest and all(digests[kind] == ABSENT for kind in kinds):
        raise UserError(
            f"no photo of split '{args.split}' in index {args.index} has {' or '.join(kinds)}, of "
            f"which labels by {args.method} are made; name such files in the settings, section "
            "annotations (docs/usage.md)"
        )


def label_annotations(
    label: Any, settings: Settings, args: Namespace, index: Index, annotated: AnnotationAccount
) -> Label:
    """The function that labels a photo by its annotations, with the function `label` of a method,
    and counts it in `annotated`.
    """
    rest = LabelFolder(args.rest) if args.rest else None

    def from_annotations(photo: Photo, pixels: np.ndarray) -> tuple[Maps, Iterable[int]]:
        made = label(Known(index, photo, pixels, rest), settings)
        annotated.add(photo.id, made, bool(photo.tags))
        maps = {"": made.labels}
        if getattr(settings, "keep_boxes", False):
            maps[BOXES] = np.array(made.boxes, int)
        return maps, photo.tags

    return from_annotations


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


def label_depths(label: Any, settings: Settings, args: Namespace, index: Index) -> Label:
    """The function that labels a photo by its score map and its depth, with the function `label` of
    a method.
    """
    score_maps = MapReader(args.maps)

    def from_map(photo: Photo, pixels: np.ndarray) -> tuple[Maps, Iterable[int]]:
        item = score_maps[photo.id]
        labels = label(pixels, item, depth_of(index, photo), settings)
        return {"": labels}, item.labels[item.labels > 0]

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
STAGE.index("the dataset's index", read_digests, asked={"corrected": KIND})
STAGE.input("maps", "shards of score maps (.h5)", nargs="*", required=False, default=[])
STAGE.input(
    "saliency",
    "folders of saliency maps, for background: saliency and for the method group",
    nargs="*",
    required=False,
    default=[],
)
STAGE.input(
    "rest",
    "folders of labels for photos without annotations, for the method mixture",
    nargs="*",
    required=False,
    default=[],
)
STAGE.option("split", "the split", default="train")
STAGE.option(
    "corrected",
    "masks that people corrected take the place of what is written of their photos",
    action="store_true",
)
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the folder of labels")

if __name__ == "__main__":
    STAGE.run(main)
