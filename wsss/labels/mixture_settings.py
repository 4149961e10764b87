"""Settings of labels from several kinds of annotations."""

from typing import ClassVar, Literal

from pydantic import Field

from wsss.labels.box_settings import BoxSettings
from wsss.labels.stroke_settings import PointSettings, ScribbleSettings, SimulatedSettings

Source = Literal["mask", "scribble", "simulated_scribbles", "boxes", "points"]
WORDS = {
    "scribble": ScribbleSettings().supervision(),
    "simulated_scribbles": SimulatedSettings().supervision(),
    "boxes": BoxSettings().supervision(),
    "points": PointSettings().supervision(),
}
"""kind of annotation -> what people have to know for it, in words; masks depend on the settings"""


class MixtureSettings(SimulatedSettings, ScribbleSettings, PointSettings, BoxSettings):
    """Labels of each photo from the best annotation that it has; of photos without any from an
    earlier step, such as pseudo-labels from tags (docs/methods.md#mixture). Other keys are those of
    scribbles, simulated_scribbles, points and boxes.
    """

    takes_what_there_is: ClassVar = True
    """a kind of `order` that no photo has is left out of what people had to know"""
    order: tuple[Source, ...] = ("mask", "scribble", "boxes", "points")
    """kinds of annotations, the best first; kinds that are not listed are not read"""
    mask_share: float = Field(1.0, ge=0, le=1)
    """share of the photos whose masks may count, the same photos each time and more of them for a
    larger share; 0.05 is an experiment with few masks"""

    def supervision(self) -> tuple[str, ...]:
        """What people have to know of the training photos, in words."""
        words = {"tags"}
        for kind in self.order:
            words |= set(WORDS.get(kind, ()))
        if "mask" in self.order and self.mask_share > 0:
            part = f" of {100 * self.mask_share:g} % of the photos" if self.mask_share < 1 else ""
            words.add(f"masks{part}")
        return tuple(sorted(words))
