"""Reads a folder in PASCAL VOC layout (photos, palette masks, XMLs, split lists) into an index."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path

from wsss.brought.tables import SUFFIXES
from wsss.data.file_cache import FileCache
from wsss.data.images import IGNORE
from wsss.data.index import Index
from wsss.data.photo import Photo, check_id
from wsss.data.splits import sample_split
from wsss.data.voc_classes import VOC_CLASSES
from wsss.datasets.voc_files import find_files, name_of, read_list
from wsss.run.errors import UserError, nearest
from wsss.run.files import require_file

MASKS = {"trainaug": "SegmentationClassAug"}
"""split list -> folder of its masks; for all others it is SegmentationClass"""


def read_voc(
    name: str,
    root: str | Path,
    classes: tuple[str, ...],
    train_split: str,
    cache: FileCache | None = None,
) -> Index:
    """The index of a folder in VOC layout, without digests.

    Its splits are `train`, `val` and `train_split`, the list to train on, which is cut into `tune`
    (a fifth) and `fit` (the rest). Settings are chosen by training on `fit` and scoring on `tune`.
    Tags are the classes of the objects in the XML annotations, also of difficult and truncated ones
    (docs/methods.md#data). XMLs that are unchanged in `cache` are not read. UserError for a missing
    list or XML, and for an unknown class.
    """
    root, cache = Path(root), cache or FileCache(root)
    if not (root / "JPEGImages").is_dir() or not (root / "ImageSets" / "Segmentation").is_dir():
        raise UserError(
            f"data_root {root} is not a VOC folder; name the one with JPEGImages/ and "
            "ImageSets/Segmentation/, which is usually called VOC2012"
        )
    lists = dict.fromkeys(["train", "val", train_split])
    files = find_files(root / "JPEGImages", SUFFIXES)
    splits = {split: read_list(root, split, files) for split in lists}
    photos = _read_photos(root, splits, files, classes, cache)
    tune = sample_split([photos[photo_id] for photo_id in splits[train_split]])
    in_tune = set(tune)
    fit = tuple(photo_id for photo_id in splits[train_split] if photo_id not in in_tune)
    return Index(name, classes, str(root), photos, {**splits, "tune": tune, "fit": fit})


def read_classes(root: str | Path) -> tuple[str, ...]:
    """The class names in the folder's classes.txt, one on each line; VOC's without such a file.

    UserError for repeated names, for `background`, and for no name or more than 254.
    """
    path = Path(root) / "classes.txt"
    if not path.is_file():
        return VOC_CLASSES
    try:
        lines = require_file(path).read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} cannot be read ({error}); save it in UTF-8")
    names = tuple(line.strip() for line in lines if line.strip())
    if "background" in names or len(set(names)) < len(names) or not 0 < len(names) < IGNORE:
        raise UserError(
            f"{path} has {len(names)} names, perhaps one twice, or 'background'; list 1 to "
            f"{IGNORE - 1} different ones, without background, in the order of the mask values"
        )
    return names


def _read_photos(
    root: Path,
    splits: Mapping[str, tuple[str, ...]],
    files: Mapping[str, str],
    classes: tuple[str, ...],
    cache: FileCache,
) -> dict[str, Photo]:
    """Id -> photo with its tags, and with its mask if the folder of its split holds one.

    `files` is id -> the photo's file. Of a photo in two splits the first one counts.
    """
    photos: dict[str, Photo] = {}
    for split, ids in splits.items():
        masks = MASKS.get(split, "SegmentationClass")
        existing = find_files(root / masks, (".png",))
        for photo_id in ids:
            if photo_id in photos:
                continue
            check_id(photo_id)
            annotations = {"boxes": f"Annotations/{photo_id}.xml"}
            if photo_id in existing:
                annotations["mask"] = f"{masks}/{existing[photo_id]}"
            tags = _read_tags(root / annotations["boxes"], classes, cache)
            image = f"JPEGImages/{name_of(files, photo_id, '.jpg')}"
            photos[photo_id] = Photo(photo_id, image, tags, annotations)
    return photos


def _read_tags(path: Path, classes: tuple[str, ...], cache: FileCache) -> tuple[int, ...]:
    """The label ids of the classes in an XML; UserError for an unknown class."""
    names = cache.read(path, object_names)
    for name in names:
        if name not in classes:
            raise UserError(
                f"annotation {path} names the class '{name}', which the dataset does "
                f"not have{nearest(name, classes)}"
            )
    return tuple(sorted({classes.index(name) + 1 for name in names}))


def object_names(path: Path) -> list[str]:
    """The class of each object in an XML, in the order of the file."""
    try:
        root = ElementTree.parse(require_file(path)).getroot()  # noqa: S314  (expat has limits)
    except (OSError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise UserError(
            f"annotation {path} cannot be read ({error}); every photo of a split needs its XML"
        )
    return [node.text or "" for node in root.findall("object/name")]
