"""Label maps as predictions for Label Studio: a brush for each label of a photo, which loses no
pixel.
"""

from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

import numpy as np

from wsss.brought.bitmap_codes import encode_label_studio
from wsss.data.colours import class_colours
from wsss.data.images import IGNORE
from wsss.data.index import Index
from wsss.export.cvat import name_of
from wsss.export.formats import Labels
from wsss.export.settings import ExportSettings
from wsss.run.files import atomic
from wsss.run.json_lists import write_json_list

NAMES = {"from_name": "labels", "to_name": "image"}
"""the names of the controls in `interface.txt`"""


def write_label_studio(
    index: Index, labels: Labels, folder: Path, settings: ExportSettings
) -> None:
    """Write `tasks.json`, and `interface.txt`, the labelling interface of a project for them.

    A task names its photo by the path below the dataset's folder, in the form of a URL, as Label
    Studio serves local files. Ignored pixels have the label `__ignore__`.
    """
    tasks = (_task(index, photo_id, map_) for photo_id, map_ in labels)
    write_json_list(folder / "tasks.json", tasks)
    with atomic(folder / "interface.txt") as temporary:
        temporary.write_text(_interface(index), encoding="utf-8")


def _task(index: Index, photo_id: str, map_: np.ndarray) -> dict[str, Any]:
    """The task of a photo."""
    image = f"/data/local-files/?d={quote(index.photos[photo_id].image)}"
    brushes = [_brush(index, map_, label) for label in np.unique(map_[map_ > 0]).tolist()]
    return {"data": {"image": image}, "predictions": [{"result": brushes}]}


def _brush(index: Index, map_: np.ndarray, label: int) -> dict[str, Any]:
    """The brush of a label."""
    height, width = map_.shape
    value = {"format": "rle", "rle": encode_label_studio(map_ == label)}
    return {
        "id": f"label{label}",
        "type": "brushlabels",
        **NAMES,
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
        "value": {**value, "brushlabels": [name_of(index, label)]},
    }


def _interface(index: Index) -> str:
    """The labelling interface: the photo, and a brush for each class and for ignored pixels."""
    colours = class_colours(index.labels)
    lines = ["<View>", '  <Image name="image" value="$image" zoom="true"/>']
    lines.append('  <BrushLabels name="labels" toName="image">')
    for label in (*range(1, len(index.labels)), IGNORE):
        colour = "#{:02x}{:02x}{:02x}".format(*colours[label].tolist())
        name = quoteattr(name_of(index, label))
        lines.append(f'    <Label value={name} background="{colour}"/>')
    return "\n".join([*lines, "  </BrushLabels>", "</View>", ""])
