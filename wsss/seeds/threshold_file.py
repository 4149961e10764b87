"""Thresholds of seeds that a step found, and their file, JSON."""

from pathlib import Path
from typing import NamedTuple

from wsss.run.artifacts import way_out
from wsss.run.errors import UserError
from wsss.run.files import MALFORMED, read_json, write_json
from wsss.run.settings import Settings


class Thresholds(NamedTuple):
    """What takes the place of the thresholds in the settings of seeds."""

    foreground: float
    background: float
    photos: int
    """number of the photos whose maps were looked at"""

    @property
    def summary(self) -> str:
        """The thresholds in words."""
        return (
            f"seeds of classes above {self.foreground:g}, of background below {self.background:g} "
            f"({self.photos} photos)"
        )

    def replace_in(self, settings: Settings, saliency: bool) -> Settings:
        """The settings of seeds (SeedSettings) with these thresholds. With `saliency`, background
        keeps its own, which is one of saliency.
        """
        found = {"foreground": self.foreground}
        return settings.model_copy(
            update=found if saliency else {**found, "background": self.background}
        )


def write_thresholds(path: str | Path, found: Thresholds) -> None:
    """Write the file."""
    write_json(path, {"format": 1, **found._asdict()})


def read_thresholds(path: str | Path) -> Thresholds:
    """Read the file; UserError if it cannot be read, or a threshold is not in 0..1."""
    try:
        content = read_json(path)
        foreground, background = float(content["foreground"]), float(content["background"])
        photos = int(content["photos"])
    except MALFORMED as error:
        raise UserError(f"thresholds {path} cannot be read ({error}); {way_out(path)}")
    if not all(0 <= value <= 1 for value in (foreground, background)):
        raise UserError(f"thresholds {path} are not in 0..1; {way_out(path)}")
    return Thresholds(foreground, background, photos)
