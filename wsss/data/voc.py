"""The PASCAL VOC layout: photos, palette masks, XML annotations and split lists, read into an
index.
"""

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

from wsss.data.file_cache import FileCache
from wsss.data.images import IGNORE
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.data.splits import tune_split
from wsss.run.errors import UserError, nearest

VOC_CLASSES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train",
    "tvmonitor",
)  # fmt: skip
MASKS = {"trainaug": "SegmentationClassAug"}
"""folders of the masks of a list, where it is not SegmentationClass"""


def read_voc(
    name: str,
    root: str | Path,
    classes: tuple[str, ...],
    train_split: str,
    cache: FileCache | None = None,
) -> Index:
    """The index of a folder in VOC layout, without digests.

    `train_split` names the list that trains; `train` is always kept for scores. Choices are made
    by training on `fit` and scoring on `tune`, which share no photo and are both of the training
    list. Tags are the class names in the XML annotations, difficult and truncated objects
    included (docs/methods.md#data). Annotations in `cache` that did not change are not read.
    """
    root, cache = Path(root), cache or FileCache(root)
    if not (root / "JPEGImages").is_dir() or not (root / "ImageSets" / "Segmentation").is_dir():
        raise UserError(
            f"data_root {root} is not a VOC folder: JPEGImages/ and "
            "ImageSets/Segmentation/ are expected in it (the folder is usually called "
            "VOC2012)"
        )
    lists = dict.fromkeys(["train", "val", train_split])
    splits = {split: _read_list(root, split) for split in lists}
    photos: dict[str, Photo] = {}
    for split, ids in splits.items():
        masks = MASKS.get(split, "SegmentationClass")
        for photo_id in ids:
            if photo_id not in photos:
                photos[photo_id] = _photo(root, photo_id, classes, masks, cache)
    tune = tune_split([photos[photo_id] for photo_id in splits[train_split]])
    chosen = set(tune)
    fit = tuple(photo_id for photo_id in splits[train_split] if photo_id not in chosen)
    return Index(name, classes, str(root), photos, {**splits, "tune": tune, "fit": fit})


def read_classes(root: str | Path) -> tuple[str, ...]:
    """The names in the folder's classes.txt, one per line, or VOC's if there is no such file."""
    path = Path(root) / "classes.txt"
    if not path.is_file():
        return VOC_CLASSES
    names = tuple(line.strip() for line in path.read_text().splitlines() if line.strip())
    if "background" in names or len(set(names)) < len(names) or not 0 < len(names) < IGNORE:
        raise UserError(
            f"{path} has {len(names)} names, one twice, or 'background'; 1 to {IGNORE - 1} "
            "different ones "
            "are needed, in the order of the mask values from 1, background not among them"
        )
    return names


def _read_list(root: Path, split: str) -> tuple[str, ...]:
    path = root / "ImageSets" / "Segmentation" / f"{split}.txt"
    if not path.is_file():
        raise UserError(f"split list {path} is missing; add it or choose another train_split")
    return tuple(line.strip() for line in path.read_text().splitlines() if line.strip())


def _photo(
    root: Path, photo_id: str, classes: tuple[str, ...], masks: str, cache: FileCache
) -> Photo:
    annotations = {"boxes": f"Annotations/{photo_id}.xml", "mask": f"{masks}/{photo_id}.png"}
    tags = _tags(root / annotations["boxes"], classes, cache)
    if not (root / annotations["mask"]).is_file():
        del annotations["mask"]
    return Photo(photo_id, f"JPEGImages/{photo_id}.jpg", tags, annotations)


def _tags(path: Path, classes: tuple[str, ...], cache: FileCache) -> tuple[int, ...]:
    names = cache.found(path, object_names)
    for name in names:
        if name not in classes:
            raise UserError(
                f"annotation {path} names the class '{name}', which the dataset does "
                f"not have{nearest(name, classes)}"
            )
    return tuple(sorted({classes.index(name) + 1 for name in names}))


def object_names(path: Path) -> list[str]:
    """The class of each object in an annotation, in their order."""
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314  (expat limits entity expansion)
    except (OSError, ElementTree.ParseError) as error:
        raise UserError(
            f"annotation {path} cannot be read ({error}); every photo of a split needs its XML"
        )
    return [node.text or "" for node in root.findall("object/name")]


def true_boxes(index: Index, photo_id: str) -> list[dict[str, Any]]:
    """The boxes in a photo's annotation, as COCO annotations without ids.

    They have `category_id`, `area` in pixels, `bbox` [x, y, w, h], and `iscrowd` for objects that
    VOC calls difficult. VOC counts pixels from 1 and includes both ends. A photo without an
    annotation has none. For scores only; a method that knows tags alone must not read them.
    """
    path = index.annotation_path(index.photos[photo_id], "boxes")
    if path is None or not path.exists():
        return []
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314
        return [_box(node, index.classes) for node in root.findall("object[bndbox]")]
    except (OSError, ElementTree.ParseError, ValueError) as error:
        raise UserError(f"boxes in annotation {path} cannot be read ({error}); mend the file")


def _box(node: ElementTree.Element, classes: tuple[str, ...]) -> dict[str, Any]:
    left = float(node.findtext("bndbox/xmin", ""))
    top = float(node.findtext("bndbox/ymin", ""))
    right = float(node.findtext("bndbox/xmax", ""))
    bottom = float(node.findtext("bndbox/ymax", ""))
    width, height = right - left + 1, bottom - top + 1
    return {
        "category_id": classes.index(node.findtext("name", "")) + 1,
        "bbox": [left - 1, top - 1, width, height],
        "area": width * height,
        "iscrowd": int(node.findtext("difficult", "0") == "1"),
    }
