"""Finds the mask of each photo of a folder."""

import os
from collections import Counter
from pathlib import Path

from wsss.data.account import Account
from wsss.data.folder_settings import FolderSettings
from wsss.data.walk import files_below


def find_masks(
    root: Path, paths: list[Path], settings: FolderSettings, account: Account
) -> dict[Path, str]:
    """Photo -> the path of its mask relative to `root`, for each photo with a mask of its own.

    The account gets the photos without a mask, and those whose mask fits several photos.
    """
    if settings.masks is None:
        return {}
    folder = Path(settings.masks)
    existing = {os.path.relpath(entry.path, folder) for entry in files_below(folder, (".png",))}
    names = {path: _mask_name(path.relative_to(root), existing) for path in paths}
    times = Counter(names.values())
    folder_from_root = os.path.relpath(folder.resolve(), root.resolve())
    masks: dict[Path, str] = {}
    missing: list[str] = []
    shared: list[str] = []
    for path, name in names.items():
        if name not in existing:
            missing.append(str(path.relative_to(root)))
        elif times[name] > 1:
            shared.append(str(path.relative_to(root)))
        else:
            masks[path] = os.path.normpath(f"{folder_from_root}/{name}")
    account.problems["photos without a mask"] = missing
    account.problems["photos that share a mask's name, and so have none"] = shared
    return masks


def _mask_name(photo: Path, existing: set[str]) -> str:
    """The path of a photo's mask below the folder of masks.

    It is in the same subfolder as the photo if such a mask exists, else directly in the folder.
    """
    mask = photo.with_suffix(".png")
    return str(mask) if str(mask) in existing else mask.name
