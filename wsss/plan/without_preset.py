"""Systems that have a recipe and no published preset: docs/without_preset.yaml says why."""

from collections.abc import Iterator
from pathlib import Path

from wsss.plan.config import ROOT
from wsss.run.settings import Settings, validate
from wsss.run.yaml_files import read_yaml

FILE = ROOT / "docs" / "without_preset.yaml"


class Figure(Settings):
    """A figure that is published of a system."""

    value: float
    """mean IoU in percent"""
    of: str
    """what was scored"""
    source: str
    """where the figure was read"""

    def __str__(self) -> str:
        return f"{self.value:g} on {self.of} ({self.source})"


class Other(Settings):
    """A system without a preset."""

    title: str
    """its name and where it appeared"""
    recipe: str
    """the recipe that comes closest"""
    public: str
    """what of it is public"""
    figures: list[Figure]
    """what is reported of it"""
    why: str
    """why it has no preset, in sentences"""


def read_others(path: Path = FILE) -> list[Other]:
    """The systems of docs/without_preset.yaml."""
    raw = read_yaml(path, "list of systems without a preset")
    return [validate(Other, other, path.name) for other in raw.values()]


def other_lines(others: list[Other]) -> Iterator[str]:
    """The lines of the page on them."""
    yield from ("", "## Systems without a preset", "")
    yield "Their settings are not published, or not all. Their recipes run by the defaults."
    yield from ("", "| system | recipe | public | reported mIoU | why there is no preset |")
    yield "|---|---|---|---|---|"
    for other in others:
        reported = "; ".join(map(str, other.figures)) or "none was found"
        yield f"| {other.title} | `{other.recipe}` | {other.public} | {reported} | {other.why} |"
