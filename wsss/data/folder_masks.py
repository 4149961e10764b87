"""The masks of a folder of photos: which file is whose."""

import os
from collections import Counter
from pathlib import Path

from wsss.data.account import Account
from wsss.data.folder_settings import FolderSettings
from wsss.data.walk import files_below


def masks_of(
    root: Path, paths: list[Path], settings: FolderSettings, account: Account
) -> dict[Path, str]:
    """The mask of each photo that has one of its own, as a path relative to the photos' folder."""
    if settings.masks is None:
        return {}
    folder = Path(settings.masks)
    there = {os.path.relpath(entry.path, folder) for entry in files_below(folder, (".png",))}
    names = {path: _mask_name(path.relative_to(root), there) for path in paths}
    times = Counter(names.values())
    above = os.path.relpath(folder.resolve(), root.resolve())
    masks: dict[Path, str] = {}
    missing: list[str] = []
    shared: list[str] = []
    for path, name in names.items():
        if name not in there:
            missing.append(str(path.relative_to(root)))
        elif times[name] > 1:
            shared.append(str(path.relative_to(root)))
        else:
            masks[path] = os.path.normpath(f"{above}/{name}")
    account.problems["photos without a mask"] = missing
    account.problems["photos that share a mask's name, and so have none"] = shared
    return masks


def _mask_name(photo: Path, there: set[str]) -> str:
    """The path of a photo's mask in the folder of masks, of which some are `there`."""
    mask = photo.with_suffix(".png")
    return str(mask) if str(mask) in there else mask.name
