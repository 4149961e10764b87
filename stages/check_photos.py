"""Say which photos a person should look at first: those whose mask is likely to be wrong.

    python stages/check_photos.py --index index.json --masks masks/all/*/ \\
        --confidence confidence/all/*/ --labels labels/train/*/ --splits all --trained train \\
        --table check.csv --text check.txt --out check.json
"""

from argparse import Namespace
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from _project import Stage
from wsss.data.confidence import read_tables
from wsss.data.images import read_labels
from wsss.data.index import Index, read_digests
from wsss.data.label_folder import LabelFolder
from wsss.data.photo import Photo
from wsss.data.shards import show_progress
from wsss.report.check import check_csv, check_text, describe_check
from wsss.report.result import write_text
from wsss.run.files import write_json
from wsss.run.settings import Settings
from wsss.score.bootstrap import Counts, count_pixels
from wsss.score.check import (
    PhotoCheck,
    TagsFound,
    check_mask,
    count_badges,
    measure_order,
    order_photos,
)
from wsss.score.confusion import confusion

Json = dict[str, Any]


def main(args: Namespace, settings: Settings) -> None:
    index, found = Index.load(args.index), TagsFound()
    checks: dict[str, PhotoCheck] = {}
    right: dict[str, np.ndarray] = {}
    for photo, mask, pseudo, check in read_checks(args, index):
        checks[photo.id] = check
        if pseudo is not None:
            found.add(photo.tags, pseudo, mask)
        if photo.mask is not None:
            truth = read_labels(index.mask_path(photo))
            right[photo.id] = count_pixels(confusion(mask, truth, len(index.labels)))
    order = order_photos(checks)
    rows = [describe_check(index, index.photos[key], checks[key]) for key in order]
    counts = Counts.of(right, len(index.labels))
    tenths = {split: measure_split(index, split, order, counts) for split in ("train", "val")}
    head = {
        "badges": count_badges(checks.values()),
        "tags": found.figures(),
        "exported": args.exported,
        "tenths": {split: parts for split, parts in tenths.items() if parts},
    }
    write_json(args.out, {**head, "photos": dict(zip(order, rows))})
    write_text(args.text, check_text(head, rows))
    write_text(args.table, check_csv(rows))
    print(check_text(head, rows), end="")


def read_checks(
    args: Namespace, index: Index
) -> Iterator[tuple[Photo, np.ndarray, np.ndarray | None, PhotoCheck]]:
    """Each photo with its mask, its pseudo-label (None where it has none) and its check."""
    masks, rows = LabelFolder(args.masks, "mask"), read_tables(args.confidence)
    labels = LabelFolder(args.labels, "pseudo-label") if args.labels else None
    trained = set(index.splits[args.trained]) if labels else set()
    tagged = index.ids_with_known_tags()
    photos = {photo.id: photo for split in args.splits for photo in index.split(split)}
    for photo in show_progress(list(photos.values())):
        mask = masks[photo.id]
        pseudo = labels[photo.id] if labels and photo.id in trained else None
        tags = photo.tags if photo.id in tagged else None
        check = check_mask(mask, len(index.labels), tags, rows.get(photo.id), pseudo)
        yield photo, mask, pseudo, check


def measure_split(index: Index, split: str, order: Sequence[str], counts: Counts) -> list[Json]:
    """The tenths of the photos of a split, in the order."""
    ids = set(index.splits[split])
    return measure_order([photo_id for photo_id in order if photo_id in ids], counts)


STAGE = Stage(__file__, __doc__)
STAGE.index("the dataset's index", read_digests, reads=("mask",))
STAGE.input("masks", "folders of masks, named by photo id", nargs="+")
STAGE.input("confidence", "folders of the confidence in these masks", nargs="+")
STAGE.input(
    "labels",
    "folders of the pseudo-labels that the network was trained on, if any",
    nargs="*",
    required=False,
    default=[],
)
STAGE.option("splits", "the splits whose photos have masks", nargs="+", default=["all"])
STAGE.option("trained", "the split whose photos have pseudo-labels", default="train")
STAGE.option("exported", "the target that exports the pseudo-labels", default="")
STAGE.output("table", "the table (CSV), those to look at first on top")
STAGE.output("text", "what stands out, for people")
STAGE.output("out", "the figures (JSON)")

if __name__ == "__main__":
    STAGE.run(main)
