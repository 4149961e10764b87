"""Labels from the true masks. They train the network of full supervision, the upper bound for
recipes.
"""

from wsss.data.images import read_labels
from wsss.labels.known import Annotated, Known
from wsss.run.settings import Settings

KIND = "mask"


def true_labels(known: Known, settings: Settings) -> Annotated:
    """The true mask of a photo as its labels."""
    return Annotated(read_labels(known.index.mask_path(known.photo)), KIND)
