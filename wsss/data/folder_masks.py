"""Finds the mask of each photo of a folder."""

import os
import unicodedata
from collections import Counter
from pathlib import Path

from wsss.data.account import Account
from wsss.data.folder_settings import FolderSettings
from wsss.data.walk import files_below
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
        raise UserError(f"folder.masks is '{folder}', which is not a folder; name the one of masks")
    existing = _list_masks(folder)
    names = {path: _mask_name(path.relative_to(root), existing) for path in paths}
    times = Counter(existing.get(name, name) for name in names.values())
    folder_from_root = os.path.relpath(folder.resolve(), root.resolve())
    masks: dict[Path, str] = {}
    missing: list[str] = []
    shared: list[str] = []
    for path, name in names.items():
        if name not in existing:
            missing.append(str(path.relative_to(root)))
        elif times[existing[name]] > 1:
            shared.append(str(path.relative_to(root)))
        else:
            masks[path] = os.path.normpath(f"{folder_from_root}/{existing[name]}")
    account.problems["photos without a mask"] = missing
    account.problems["photos that share a mask's name, and so have none"] = shared
    if not masks:
        first = next(iter(existing.values()), "none")
        raise UserError(
            f"no mask in {folder} has the name of a photo (the first PNG there: {first}); masks "
            "are PNGs with the photos' names, such as 1.png for 1.jpg"
        )
    return masks


def _list_masks(folder: Path) -> dict[str, str]:
    """The path of each PNG below the folder, as `_plain` -> as it is. A name that only one mask has
    in upper and lower case is a further key.
    """
    paths = sorted(os.path.relpath(entry.path, folder) for entry in files_below(folder, (".png",)))
    found = {_plain(path): path for path in paths}
    times = Counter(key.lower() for key in found)
    lower = {key.lower(): path for key, path in found.items() if times[key.lower()] == 1}
    return lower | found


def _plain(path: str) -> str:
    """A path with the ending .png, in Unicode form NFC."""
    return unicodedata.normalize("NFC", os.path.splitext(path)[0] + ".png")


def _mask_name(photo: Path, existing: dict[str, str]) -> str:
    """The path of a photo's mask below the folder of masks.

    It is in the same subfolder as the photo if such a mask exists, else directly in the folder.
    """
    path, name = _plain(str(photo)), _plain(photo.name)
    names = (path, path.lower(), name, name.lower())
    return next((wanted for wanted in names if wanted in existing), name)
