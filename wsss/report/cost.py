"""What a stage took: the time, memory and disk of its artifacts, by the notes beside them."""

import json
from dataclasses import dataclass
from pathlib import Path

from wsss.provenance import artifacts_in


@dataclass(frozen=True)
class Cost:
    """Sums over a stage's jobs, but for the largest memory of one. Neither later stages nor scores count."""

    seconds: float = 0.0
    """job seconds; jobs that ran at the same time count each"""
    core_seconds: float = 0.0
    peak_mb: int = 0
    disk_bytes: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.seconds + other.seconds, self.core_seconds + other.core_seconds,
                    max(self.peak_mb, other.peak_mb), self.disk_bytes + other.disk_bytes)


def cost_of(folder: str | Path) -> Cost | None:
    """The cost of everything in a stage's folder; None where no note of it is left."""
    total, noted = Cost(), False
    for path in artifacts_in(folder):
        note = Path(f"{path}.run.json")
        if note.is_file() and path.parent.name != "scores":
            ran, noted = json.loads(note.read_text()), True
            total += Cost(ran["seconds"], ran["core_seconds"], ran["peak_mb"], _bytes_of(path))
    return total if noted else None


def _bytes_of(path: Path) -> int:
    return sum(f.stat().st_size for f in path.rglob("*") if f.is_file()) if path.is_dir() else path.stat().st_size
