"""Finds strokes and clicks of a photo that contradict each other (docs/methods.md#annotations)."""

from collections.abc import Iterator, Mapping

from wsss.data.images import photo_size
from wsss.data.index import Index
from wsss.data.photo import Annotation
from wsss.labels.drawing import Line, draw_lines
from wsss.labels.stroke_settings import PointSettings, ScribbleSettings


def find_contradictions(index: Index) -> list[str]:
    """A line for each photo whose strokes, or clicks, of different classes meet at some pixels,
    which labels then leave unknown. They are drawn as the settings do by default; strokes that are
    PNGs have one label at a pixel.
    """
    found = []
    for photo in index.photos.values():
        for lines, width in _drawn(photo.annotations):
            size = photo_size(index.image_path(photo))
            _, crossed = draw_lines(lines, size, width)
            if crossed:
                found.append(f"{photo.id}: {crossed} pixels")
    return found


def _drawn(annotations: Mapping[str, Annotation]) -> Iterator[tuple[list[Line], float]]:
    """The strokes and the clicks of a photo, each with the width that they are drawn with."""
    strokes, clicks = annotations.get("scribble"), annotations.get("points")
    if isinstance(strokes, list):
        yield [(label, points) for label, points in strokes], ScribbleSettings().width
    if isinstance(clicks, list):
        yield [(label, [[x, y]]) for label, x, y in clicks], 2 * PointSettings().radius + 1
