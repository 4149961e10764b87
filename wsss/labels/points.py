"""Labels from clicks (docs/methods.md#annotations)."""

from wsss.labels.drawing import draw_lines
from wsss.labels.known import Annotated, Known, without_annotation
from wsss.labels.stroke_settings import PointSettings

KIND = "points"


def point_labels(known: Known, settings: PointSettings) -> Annotated:
    """The labels of a photo from its clicks, each a disc of `settings.radius`."""
    clicks = known.values(KIND)
    if not clicks:
        return without_annotation(known)
    dots = [(label, [[x, y]]) for label, x, y in clicks]
    labels, crossed = draw_lines(dots, known.size, 2 * settings.radius + 1)
    return Annotated(labels, KIND, crossed)
