"""Finds the mask of each photo of a folder."""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePath

from wsss.brought.account import Account
from wsss.brought.folder_settings import FolderSettings
from wsss.brought.left_out import MASK, count_endings
from wsss.brought.tables import SUFFIXES
from wsss.data.photo import Photo
from wsss.data.walk import OTHER_FILES, WalkNotes, files_below
from wsss.datasets.folder_splits import Splits
from wsss.run.errors import UserError


def find_masks(
    root: Path, paths: list[Path], settings: FolderSettings, account: Account
) -> dict[Path, str]:
    """Photo -> the path of its mask relative to `root`, for each photo with a mask of its own.

    The account gets the photos without a mask, and those whose mask fits several photos. UserError
    where the folder of masks is none, or no mask in it fits a photo.
    """
    if settings.masks is None:
        return {}
    folder = Path(settings.masks)
    if not folder.is_dir():
        raise UserError(
            f"folder.masks is '{folder}', which is not a folder; name the one of masks "
            "(python stages/convert_masks.py makes PNGs of a file of COCO, CVAT or Label Studio)"
        )
    notes = WalkNotes()
    existing = _list_masks(folder, notes)
    found = _match(root, paths, existing)
    times = Counter(found.values())
    folder_from_root = os.path.relpath(folder.resolve(), root.resolve())
    masks: dict[Path, str] = {}
    missing: list[str] = []
    shared: list[str] = []
    for path in paths:
        if path not in found:
            missing.append(str(path.relative_to(root)))
        elif times[found[path]] > 1:
            shared.append(str(path.relative_to(root)))
        else:
            masks[path] = os.path.normpath(f"{folder_from_root}/{found[path]}")
    account.problems["photos without a mask"] = missing
    account.problems["photos that share a mask's name, and so have none"] = shared
    if not masks:
        first = next(iter(existing.values()), f"none{_others(notes)}")
        raise UserError(
            f"no mask in {folder} has the name of a photo (the first PNG there: {first}); masks "
            "are PNGs with the photos' names, such as 1.png for 1.jpg (python "
            "stages/convert_masks.py makes them of drawings of LabelMe, COCO and others)"
        )
    return masks


def note_masked_splits(photos: Iterable[Photo], splits: Splits, account: Account) -> None:
    """Say how many photos that train and of val have a mask, where some have none: those of val
    without one neither train nor are scored.
    """
    masked = {photo.id for photo in photos if "mask" in photo.annotations}
    train, val = ([k in masked for k in splits[name]] for name in ("train", "val"))
    if not masked or all(train + val):
        return
    account.notes.append(
        f"masks of {sum(train)} of the {len(train)} photos that train, and of {sum(val)} of the "
        f"{len(val)} of val{_consequence(val)}"
    )


def _consequence(masked: list[bool]) -> str:
    """What follows from photos of val without a mask, and the way out; "" without such photos."""
    if all(masked):
        return ""
    score = "" if any(masked) else ", so that predictions get no score"
    return (
        f"{score}; photos of val without a mask serve nothing: choose those of val with --splits, "
        "or let all photos train with --val-share 0"
    )


def _list_masks(folder: Path, notes: WalkNotes) -> dict[str, str]:
    """The path of each PNG below the folder, as `_plain` -> as it is; also as `_plain` of the photo
    that it is called after, such as 1.png for 1_mask.png, where it is the only one.
    """
    files = files_below(folder, (".png",), notes=notes)
    paths = sorted(os.path.relpath(entry.path, folder) for entry in files)
    called = {path: photo for path in paths if (photo := _photo_of_mask(path)) is not None}
    times = Counter(called.values())
    existing = {_plain(path): path for path in paths}
    for path, photo in called.items():
        if times[photo] == 1:
            existing.setdefault(photo, path)
    return existing


def _photo_of_mask(path: str) -> str | None:
    """What the mask of a photo would be called, by the name of a mask such as 1_mask.png or
    1.jpg.png; None for other names.
    """
    stem, folder = PurePath(path).stem, PurePath(path).parent
    named = MASK.fullmatch(stem)
    if named is None and not stem.lower().endswith(SUFFIXES):
        return None
    return _plain(folder / f"{named[1] if named else PurePath(stem).stem}.png")


def _others(notes: WalkNotes) -> str:
    """The endings of the other files in the folder of masks, for a message."""
    others = notes.cases.get(OTHER_FILES, [])
    return f", but {count_endings(others)}" if others else ""


def _plain(path: str | PurePath) -> str:
    """A path with the ending .png, in Unicode form NFC."""
    return unicodedata.normalize("NFC", os.path.splitext(path)[0] + ".png")


def _match(root: Path, paths: list[Path], existing: dict[str, str]) -> dict[Path, str]:
    """Photo -> its mask, for all photos that one fits. Several photos may have one mask.

    A mask is in the same subfolder as the photo if there is one, else directly in the folder. One
    whose name differs in upper and lower case fits if no other photo has it.
    """
    names = {path: _plain(path.relative_to(root)) for path in paths}
    found: dict[Path, str] = {}
    for path, name in names.items():
        mask = existing.get(name) or existing.get(name.rpartition("/")[2])
        if mask is not None:
            found[path] = mask
    taken = set(found.values())
    left = {key: mask for key, mask in existing.items() if mask not in taken}
    times = Counter(key.lower() for key in left)
    left = {key.lower(): mask for key, mask in left.items() if times[key.lower()] == 1}
    for path, name in names.items():
        mask = left.get(name.lower()) or left.get(name.lower().rpartition("/")[2])
        if mask is not None:
            found.setdefault(path, mask)
    return found
