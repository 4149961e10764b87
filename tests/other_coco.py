"""Writes a small dataset in COCO's layout whose categories are classes of the synthetic dataset."""

import json

from tests.coco_folder import write_coco_folder
from wsss.datasets.mini_shapes import SHAPES

FIRST, SECOND, *_ = SHAPES
NAMES = {1: FIRST, 13: SECOND, 90: "lamp"}
"""category id -> name; the last is no class of the synthetic dataset"""


def write_other_coco(root, counts=(10, 5)):
    """Write the folder: photo 1 of each part has nothing, 2 and 4, 6, ... have the first class, 5
    and 9, ... have the first two, 3 and 7, ... have the first and a lamp.
    """
    write_coco_folder(root, counts=counts)
    for path in root.glob("annotations/*.json"):
        data = json.loads(path.read_text())
        for category in data["categories"]:
            category["name"] = NAMES[category["id"]]
        path.write_text(json.dumps(data))
    return root
