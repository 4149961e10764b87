"""Says which files of a folder of photos were left out, by reason, with the first of each."""

from collections import Counter
from pathlib import PurePath

from wsss.data.account import Account
from wsss.data.walk import OTHER_FILES, OUTSIDE, WalkNotes

PICTURES = (
    ".gif", ".avif", ".jp2", ".j2k", ".heic", ".heif", ".jxl", ".tga", ".ppm", ".pgm", ".psd",
    ".svg", ".eps", ".cr2", ".cr3", ".nef", ".arw", ".dng", ".raw", ".orf", ".dcm", ".exr", ".hdr",
)  # fmt: skip
"""endings of pictures that are not read as photos"""


def note_left_out(notes: WalkNotes, account: Account) -> None:
    """Enter a line for each reason; pictures of unread formats are a problem, each of them."""
    pictures: list[str] = []
    others: list[str] = []
    for path in sorted(notes.cases.pop(OTHER_FILES, [])):
        is_picture = PurePath(path).suffix.lower() in PICTURES
        (pictures if is_picture else others).append(path)
    if pictures:
        kind = f"pictures that are left out ({_count_endings(pictures)}); save them as .jpg or .png"
        account.problems[kind] = pictures
    if others:
        account.notes.append(
            f"left out: {len(others)} files that are no photos by their endings "
            f"({_count_endings(others)}), the first: {others[0]}"
        )
    for reason, cases in sorted(notes.cases.items()):
        what = "followed" if reason == OUTSIDE else "left out"
        account.notes.append(f"{what}: {len(cases)} {reason}, the first: {min(cases)}")


def _count_endings(paths: list[str]) -> str:
    """The endings of files with their numbers, such as ".txt 3, .csv 1"."""
    counts = Counter(PurePath(path).suffix.lower() or "no ending" for path in paths)
    return ", ".join(f"{ending} {count}" for ending, count in counts.most_common())
