"""The cost of a step: time, memory and disk, from the notes PATH.run.json beside its artifacts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wsss.data.suspicion import judge
from wsss.run.artifacts import artifacts_in
from wsss.run.warnings import EARLIER, FIGURES, read_corrected, read_note, read_seen, read_warnings

Json = dict[str, Any]


@dataclass(frozen=True)
class Cost:
    """What the jobs of a step took."""

    seconds: float = 0.0
    """sum of the jobs' wall-clock seconds, also of jobs that ran at the same time; a training
    that was interrupted counts with all its starts"""
    core_seconds: float = 0.0
    """sum of the jobs' processor seconds, on all cores"""
    peak_mb: int = 0
    """the largest peak memory of one job"""
    disk_bytes: int = 0
    """size of the artifacts"""

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.seconds + other.seconds,
            self.core_seconds + other.core_seconds,
            max(self.peak_mb, other.peak_mb),
            self.disk_bytes + other.disk_bytes,
        )


PREDICTED = "predictions/train"
"""subfolder with the predictions of the photos that train"""
EXTRA = ("scores", "masks", "confidence", "instances", PREDICTED, "predictions/all")
"""subfolders of a step's folder that its chain does not need: scores of its artifacts, exports, and
predictions of other photos"""


def find_own_artifacts(folder: str | Path) -> list[Path]:
    """The artifacts in a step's folder that its chain needs: its model or its shards.

    A folder may hold shards of two divisions, such as 0-of-2 and 0-of-4. Those of the division
    written last are returned.
    """
    own: list[Path] = []
    counts: dict[Path, str] = {}
    for path in artifacts_in(folder):
        subfolder = path.parent.relative_to(folder).as_posix()
        if subfolder in EXTRA or subfolder.split("/")[0] in EXTRA:
            continue
        own.append(path)
        shards = re.search(r"-of-(\d+)(?:\.\w+)?$", path.name)
        if shards:
            counts[path] = shards[1]
    if not counts:
        return own
    last = counts[max(counts, key=lambda path: path.stat().st_mtime if path.exists() else 0)]
    return [path for path in own if counts.get(path, last) == last]


def cost_of(folder: str | Path) -> Cost | None:
    """The cost of the artifacts that a chain needs of a step; None where no note is left."""
    total, noted = Cost(), False
    for path in find_own_artifacts(folder):
        run = read_note(path)
        if run is not None:
            noted = True
            earlier = (run.get("measured") or {}).get(EARLIER, {})
            seconds, core_seconds = (run.get(k, 0) + earlier.get(k, 0) for k in FIGURES[:2])
            peak_mb = run.get(FIGURES[2], 0)
            total += Cost(seconds, core_seconds, peak_mb, _bytes_of(path))
    return total if noted else None


def warnings_of(folders: Mapping[str, str]) -> list[str]:
    """What the stages of steps warned of, and what is wrong with the maps of all shards of a step
    together, as "STEP: LINE".

    `folders` is step -> folder of its artifacts.
    """
    found = []
    for step, folder in folders.items():
        paths = find_own_artifacts(folder)
        lines = [line for path in paths for line in read_warnings(path)]
        seen = _seen_by(paths)
        if not any(shard.get("photos") for shard in seen):  # a folder of photos without val
            seen = _seen_by(find_own_artifacts(Path(folder, PREDICTED)))
        found += [f"{step}: {line}" for line in [*lines, *judge(seen)]]
    return found


def _seen_by(paths: Iterable[Path]) -> list[Json]:
    """What was noted beside these artifacts that their stages saw."""
    return [shard for path in paths if (shard := read_seen(path)) is not None]


def count_corrected(folders: Mapping[str, str]) -> int | None:
    """The number of photos whose labels people corrected; None where no step read corrections.

    `folders` is step -> folder of its artifacts. Every step that reads corrections has the same.
    """
    counts = []
    for folder in folders.values():
        found = [read_corrected(path) for path in find_own_artifacts(folder)]
        shards = [count for count in found if count is not None]
        counts += [sum(shards)] if shards else []
    return max(counts, default=None)


def corrections_of(folders: Mapping[str, str]) -> list[str]:
    """What people had to correct, in words; [] where no step read corrections.

    `folders` is step -> folder of its artifacts.
    """
    count = count_corrected(folders)
    if count is None:
        return []
    return [f"corrected masks of {count} {'photo' if count == 1 else 'photos'}"]


def _bytes_of(path: Path) -> int:
    """The size of a file, or of all files in a folder; 0 for one that was deleted since."""
    if not path.is_dir():
        return path.stat().st_size if path.exists() else 0
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
