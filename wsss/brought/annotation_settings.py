"""Settings: where the strokes, clicks and boxes of a dataset's training photos are."""

from typing import Any

from pydantic import field_validator

from wsss.run.settings import Settings


class AnnotationSettings(Settings):
    """Strokes, clicks and boxes of the training photos, for labels by scribbles, points, boxes and
    mixture (docs/usage.md#scribbles-clicks-and-boxes). Each key lists files and folders; a folder
    has a file for each photo, with its name. Those of other photos are not opened.
    """

    scribbles: tuple[str, ...] = ()
    """folders of PNGs (0.. classes, 255 unknown), ScribbleSup's XMLs, text polylines or LabelMe's
    JSONs; XMLs of CVAT"""
    points: tuple[str, ...] = ()
    """JSONs {photo: [{x, y, cls}]}, CSVs (image, label, x, y), XMLs of CVAT, folders of LabelMe's
    JSONs"""
    boxes: tuple[str, ...] = ()
    """folders of VOC's XMLs or LabelMe's JSONs, COCO's JSONs, XMLs of CVAT, CSVs (image, label,
    xmin, ymin, xmax, ymax); dataset voc has its own"""

    @field_validator("scribbles", "points", "boxes", mode="before")
    @classmethod
    def _as_list(cls, value: Any) -> Any:
        """A single path is a list of one."""
        return (value,) if isinstance(value, str) else value

    @property
    def paths(self) -> tuple[str, ...]:
        """All files and folders."""
        return (*self.scribbles, *self.points, *self.boxes)

    @property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """Kind of annotation, as the index calls it -> its files and folders."""
        return {"scribble": self.scribbles, "points": self.points, "boxes": self.boxes}
