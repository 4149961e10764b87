"""The photos that a person should look at first, as a CSV and as a text.

A *row* is what is known of one photo (`describe_check`): `image`, `split`, `labels` (the names of
its tags; None where they are not known), the figures of wsss.score.check in percent, and the names
of its badges and of classes.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wsss.brought.fixes import NO_CLASS
from wsss.data.cells import list_cell, text_cell
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.run.counted import counted
from wsss.run.errors import printable
from wsss.score.check import BADGES, FOUND_FROM, PhotoCheck

Json = dict[str, Any]
FIGURES = ("benefit", "expected_iou", "confidence", "agreement")
COLUMNS = (
    "image", "labels", "wrong", "split", "badges", *FIGURES, "found", "not_found", "untagged",
)  # fmt: skip
MOST = 10
"""largest number of photos that the text lists"""


def describe_check(index: Index, photo: Photo, check: PhotoCheck) -> Json:
    """The row of a photo."""

    def names(ids: Iterable[int]) -> list[str]:
        return [index.labels[k] for k in sorted(ids)]

    figures = {name: getattr(check, name) for name in FIGURES}
    return {
        "image": photo.image,
        "split": next((s for s in ("train", "val") if photo.id in index.splits[s]), "rest"),
        "labels": None if check.tags is None else names(check.tags),
        **{name: None if value is None else round(value, 2) for name, value in figures.items()},
        "badges": [BADGES[badge] for badge in check.badges],
        "found": names(check.found),
        "not_found": names(check.not_found),
        "untagged": names(check.untagged),
    }


def check_csv(rows: Sequence[Json]) -> str:
    """The rows as CSV, in their order. The column `wrong` is empty: a person fills it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(name, row) for name in COLUMNS])
    return text.getvalue()


def _cell(name: str, row: Json) -> str:
    """One cell of a row."""
    value = row.get(name)
    if name == "labels":
        return "" if value is None else list_cell(value or [NO_CLASS])
    if name in FIGURES:
        return "" if value is None else f"{value:.2f}"
    return list_cell(value) if isinstance(value, list | tuple) else text_cell(value or "")


def check_text(head: Json, rows: Sequence[Json]) -> str:
    """The check for people: how many photos have which badge, how tags were found, the photos to
    look at first, and where there are true masks, how good the order is.

    `head` has `badges` (badge -> number of photos), `tags`, `tenths` (split -> its tenths) and
    `exported`, the target that exports the pseudo-labels.
    """
    counts = [f"{BADGES[badge]} {count}" for badge, count in head["badges"].items() if count]
    lines = [f"{counted(len(rows), 'photo')}: {', '.join(counts) or 'nothing stands out'}"]
    lines += [*tag_lines(head), "", "benefit  photos to look at first"]
    for row in rows[:MOST]:
        benefit = "" if row["benefit"] is None else f"{row['benefit']:.1f}"
        badges = f"  ({', '.join(row['badges'])})" if row["badges"] else ""
        lines.append(f"{benefit:>7}  {row['image']}{badges}")
    for split, tenths in head["tenths"].items():
        lines += ["", *_tenth_lines(split, tenths)]
    return "\n".join(map(printable, lines)) + "\n"


def tag_lines(head: Mapping[str, Any]) -> list[str]:
    """How many tags are found in the pseudo-labels and in the masks, and which to take; none where
    there are no pseudo-labels, or no tags.
    """
    found = head["tags"]
    if not found:
        return []
    lines = [
        f"of the {found['tags']} tags of the training photos {found['labels']:.1f} % are found "
        f"in the pseudo-labels, {found['masks']:.1f} % in the masks "
        f"(found: {FOUND_FROM} % of the photo or more)"
    ]
    if found["labels"] > found["masks"]:
        lines.append(
            "the pseudo-labels agree better with the tags than the masks do; this exports them: "
            f"{head['exported']}"
        )
    return lines


def _tenth_lines(split: str, tenths: Sequence[Json]) -> list[str]:
    """The mIoU of the masks by tenths of the order of a split."""
    if not tenths:
        return []
    figures = " ".join(f"{part['miou']:.1f}" for part in tenths)
    single = " ".join(f"{part['photo_iou']:.1f}" for part in tenths)
    return [
        f"is the order any good? {split} by tenths, those to look at first come first",
        f"mIoU of the masks   {figures}",
        f"mean of the photos  {single}",
    ]
