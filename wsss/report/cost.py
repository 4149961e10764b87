"""The cost of a stage: the time, memory and disk of its artifacts, from the notes beside them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from wsss.run.artifacts import artifacts_in


@dataclass(frozen=True)
class Cost:
    """Sums over a stage's jobs; the memory is the largest of one job."""

    seconds: float = 0.0
    """job seconds; jobs that ran at the same time count each, a training that was interrupted from
    where it went on"""
    core_seconds: float = 0.0
    peak_mb: int = 0
    disk_bytes: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.seconds + other.seconds,
            self.core_seconds + other.core_seconds,
            max(self.peak_mb, other.peak_mb),
            self.disk_bytes + other.disk_bytes,
        )


ASIDE = ("scores", "masks", "instances", "predictions/train", "predictions/all")
"""what is made of a stage's artifact, or of other photos than a chain needs, in its folder"""


def find_own_artifacts(folder: str | Path) -> list[Path]:
    """What a chain needs of a stage: its model or its shards.

    Where it was made in several numbers of shards, the last.
    """
    own: list[Path] = []
    counts: dict[Path, str] = {}
    for path in artifacts_in(folder):
        kind = path.parent.relative_to(folder).as_posix()
        if kind in ASIDE or kind.split("/")[0] in ASIDE:
            continue
        own.append(path)
        found = re.search(r"-of-(\d+)(?:\.\w+)?$", path.name)
        if found:
            counts[path] = found[1]
    if not counts:
        return own
    last = counts[max(counts, key=lambda path: path.stat().st_mtime if path.exists() else 0)]
    return [path for path in own if counts.get(path, last) == last]


def cost_of(folder: str | Path) -> Cost | None:
    """The cost of what a chain needs of a stage; None where no note of it is left."""
    total, noted = Cost(), False
    for path in find_own_artifacts(folder):
        note = Path(f"{path}.run.json")
        if note.is_file():
            ran, noted = json.loads(note.read_text()), True
            total += Cost(ran["seconds"], ran["core_seconds"], ran["peak_mb"], _bytes_of(path))
    return total if noted else None


def _bytes_of(path: Path) -> int:
    return (
        sum(f.stat().st_size for f in path.rglob("*") if f.is_file())
        if path.is_dir()
        else path.stat().st_size
    )
