"""One table of the classes that datasets call by different names, so that photos of one can train a
system for the other.
"""

from collections.abc import Sequence

from wsss.data.voc_classes import VOC_CLASSES

OTHER_NAMES = {
    "airplane": "aeroplane",
    "couch": "sofa",
    "dining table": "diningtable",
    "motorcycle": "motorbike",
    "potted plant": "pottedplant",
    "tv": "tvmonitor",
}
"""name of a class in COCO -> its name in VOC; all other classes of VOC have the same in both"""
DATASET_CLASSES = {"voc": VOC_CLASSES}
"""dataset -> its classes, for datasets whose classes others can take over"""


def find_labels(names: Sequence[str], classes: Sequence[str]) -> list[int]:
    """The label id of each of `names` among the `classes` of another dataset; 0 without one."""
    labels = {usual_name(name): label for label, name in enumerate(classes, start=1)}
    return [labels.get(usual_name(name), 0) for name in names]


def usual_name(name: str) -> str:
    """The one name by which this table calls a class."""
    return OTHER_NAMES.get(name, name)
