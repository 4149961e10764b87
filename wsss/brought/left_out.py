"""Says which files of a folder of photos were left out, by reason, with the first of each."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePath

from wsss.brought.account import Account
from wsss.data.walk import OTHER_FILES, OUTSIDE, WalkNotes
from wsss.run.counted import counted

PICTURES = (
    ".gif", ".avif", ".jp2", ".j2k", ".heic", ".heif", ".jxl", ".tga", ".ppm", ".pgm", ".psd",
    ".svg", ".eps", ".cr2", ".cr3", ".nef", ".arw", ".dng", ".raw", ".orf", ".dcm", ".exr", ".hdr",
)  # fmt: skip
"""endings of pictures that are not read as photos"""
BESIDE = (
    "pictures called like masks of photos beside them, which are left out (move them into a folder "
    "of their own, with the photos' names, for --masks)"
)


MASK = re.compile(
    r"(.+?)[ _.-]+(?:masks?|gt|seg|segmentation|label_?ids|label_?map)(?:[ _-]*[0-9]+)?$",
    re.IGNORECASE,
)
"""the name of a mask beside its photo, without its ending: that of the photo, and a word"""


def leave_out_masks(root: Path, paths: Sequence[Path], account: Account) -> list[Path]:
    """The paths without those that are called like a mask of a photo in the same folder, such as
    1_mask.png beside 1.jpg; the account lists these.
    """
    photos = {path.with_suffix("") for path in paths}
    kept: list[Path] = []
    masks: list[str] = []
    for path in paths:
        named = MASK.fullmatch(path.stem)
        if named and path.parent / named[1] in photos:
            masks.append(path.relative_to(root).as_posix())
        else:
            kept.append(path)
    account.problems[BESIDE] = masks
    return kept


def note_left_out(notes: WalkNotes, account: Account) -> None:
    """Enter a line for each reason; pictures of unread formats are a problem, each of them."""
    pictures: list[str] = []
    others: list[str] = []
    for path in sorted(notes.cases.pop(OTHER_FILES, [])):
        is_picture = PurePath(path).suffix.lower() in PICTURES
        (pictures if is_picture else others).append(path)
    if pictures:
        kind = f"pictures that are left out ({count_endings(pictures)}); save them as .jpg or .png"
        account.problems[kind] = pictures
    if others:
        account.notes.append(
            f"left out: {counted(len(others), 'file')} of other endings than those of photos "
            f"({count_endings(others)}), the first: {others[0]}"
        )
    for reason, cases in sorted(notes.cases.items()):
        what = "followed" if reason == OUTSIDE else "left out"
        account.notes.append(f"{what}: {len(cases)} {reason}, the first: {min(cases)}")


def count_endings(paths: list[str]) -> str:
    """The endings of files with their numbers, such as ".txt 3, .csv 1"."""
    counts = Counter(PurePath(path).suffix.lower() or "no ending" for path in paths)
    return ", ".join(f"{ending} {count}" for ending, count in counts.most_common())
