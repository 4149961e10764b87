"""Labels from strokes (docs/methods.md#annotations)."""

import numpy as np

from wsss.data.images import IGNORE, read_labels
from wsss.data.label_checks import check_labels
from wsss.labels.drawing import draw_lines
from wsss.labels.known import Annotated, Known, without_annotation
from wsss.labels.stroke_settings import ScribbleSettings

KIND = "scribble"


def scribble_labels(known: Known, settings: ScribbleSettings) -> Annotated:
    """The labels of a photo from its strokes: a PNG, or polylines drawn with `settings.width`."""
    path = known.index.annotation_path(known.photo, KIND)
    if path is not None:
        labels = read_labels(path)
        left = np.where(np.isin(labels, (0, *known.photo.tags)), labels, IGNORE).astype(np.uint8)
        check_labels(known.index, known.photo, left, f"scribble {path}")
        return Annotated(left, KIND)
    if not known.values(KIND):
        return without_annotation(known)
    labels, crossed = draw_lines(known.values(KIND), known.size, settings.width)
    return Annotated(labels, KIND, crossed)
