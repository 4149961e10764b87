"""Links from a report to files: originals, masks, results and exports."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.data.photo import Photo
from wsss.report.photos import Layer

Json = dict[str, Any]


def link_from(page: str | Path, path: str | Path) -> str:
    """The address of a file for a page that lies elsewhere on the same disk."""
    folder = os.path.realpath(Path(page).parent)
    return quote(os.path.relpath(os.path.realpath(path), folder))


def link_photo(page: str | Path, index: Index, photo: Photo, layers: Iterable[Layer]) -> Json:
    """The addresses of a photo's `original` and of its last label map, `mask`, None without one."""
    mask = None
    for layer in layers:
        if isinstance(layer.reader, LabelFolder) and not layer.grey:
            mask = link_from(page, layer.reader.path(photo.id))
    return {"original": link_from(page, index.image_path(photo)), "mask": mask}


def describe_files(page: str | Path, pairs: Iterable[str]) -> list[Json]:
    """The rows of the list of files, from WHAT=PATH: `what`, `path`, and `link`, None for what is
    not there when the page is written.
    """
    rows = []
    for pair in pairs:
        what, _, path = pair.partition("=")
        link = link_from(page, path) if Path(path).exists() else None
        rows.append({"what": what, "path": path, "link": link})
    return rows
