"""Label maps of masks that people drew with other tools: LabelMe, COCO's JSON, CVAT, Label Studio.

The photos are found as those of corrections are, and the same faults are refused.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from wsss.brought.area_files import ENDINGS
from wsss.brought.corrections import PNG, Corrections, refuse
from wsss.brought.photo_ids import make_photo_ids
from wsss.brought.tables import SUFFIXES
from wsss.data.correction_values import from_values
from wsss.data.file_cache import FileCache
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.data.walk import files_below
from wsss.run.errors import UserError


def has_drawings(path: Path) -> bool:
    """Whether a file is of drawings, or a folder has such files, and no PNG."""
    if path.is_file():
        return path.suffix.lower() in ENDINGS
    endings = {Path(entry.path).suffix.lower() for entry in files_below(path, (PNG, *ENDINGS))}
    return bool(endings) and PNG not in endings


def draw_masks(path: Path, root: Path, classes: Sequence[str]) -> Iterator[tuple[Path, np.ndarray]]:
    """The path below `root` and the label map, uint8 (H, W), of each photo that is drawn in a file
    or in the files of a folder. UserError names each drawing that cannot be used.
    """
    index = _index_photos(root, classes)
    reader = Corrections(index, FileCache(root))
    found = reader.read(path, ENDINGS)
    made = []
    for photo_id, several in sorted(found.items()):
        photo = index.photos[photo_id]
        made.append((photo.image, reader.annotation(photo, several)))
    refuse("mask", reader.faults)
    if not made:
        raise UserError(f"there is no drawing of a photo in {path}; photos are those in {root}")
    for image, values in made:
        yield Path(image), from_values(values)


def _index_photos(root: Path, classes: Sequence[str]) -> Index:
    """All photos below a folder, without tags."""
    if not root.is_dir():
        raise UserError(f"data_root {root} is not a folder; name the one with your photos")
    paths = sorted(Path(entry.path) for entry in files_below(root, SUFFIXES))
    photos = {}
    for file, photo_id in make_photo_ids(root, paths).items():
        photos[photo_id] = Photo(photo_id, file.relative_to(root).as_posix(), ())
    return Index("photos", tuple(classes), str(root), photos, {})
