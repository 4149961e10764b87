"""Label maps as CVAT's XML for images (version 1.1): a mask for each label of a photo, which loses
no pixel.
"""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np

from wsss.brought.bitmap_codes import encode_cvat
from wsss.data.images import IGNORE
from wsss.data.index import Index
from wsss.export.formats import Labels
from wsss.export.settings import ExportSettings
from wsss.run.files import atomic

HEAD = "<?xml version='1.0' encoding='utf-8'?>\n<annotations>\n <version>1.1</version>"
UNKNOWN = "__ignore__"
"""the name of pixels whose label is not known"""


def write_cvat(index: Index, labels: Labels, folder: Path, settings: ExportSettings) -> None:
    """Write `annotations.xml`; ignored pixels have the label `__ignore__`. Only one photo is in
    memory at a time.
    """
    path = folder / "annotations.xml"
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for number, (photo_id, map_) in enumerate(labels):
            image = _image(index, number, photo_id, map_)
            ElementTree.indent(image, " ", level=1)
            file.write(f"\n {ElementTree.tostring(image, encoding='unicode')}")
        file.write("\n</annotations>")


def _image(index: Index, number: int, photo_id: str, map_: np.ndarray) -> ElementTree.Element:
    """The <image> of a photo, with its masks."""
    height, width = map_.shape
    name = index.photos[photo_id].image
    size = {"width": str(width), "height": str(height)}
    image = ElementTree.Element("image", {"id": str(number), "name": name, **size})
    for label in np.unique(map_[map_ > 0]).tolist():
        _add_mask(image, name_of(index, label), map_ == label)
    return image


def name_of(index: Index, label: int) -> str:
    """The name of a label id, also of IGNORE."""
    return UNKNOWN if label == IGNORE else index.labels[label]


def _add_mask(image: ElementTree.Element, label: str, mask: np.ndarray) -> None:
    """Add a <mask>, whose run lengths are of the smallest rectangle around it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    part = mask[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    height, width = part.shape
    given = {"label": label, "rle": encode_cvat(part), "left": left, "top": top, "width": width}
    values = {**given, "height": height, "occluded": 0, "z_order": 0, "source": "wsss"}
    ElementTree.SubElement(image, "mask", {key: str(value) for key, value in values.items()})
