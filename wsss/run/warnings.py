"""Warnings of a stage: what it made is whole, but most likely of no use. They are printed into its
log and noted in X.run.json beside its artifact, from where results and reports take them.

A shard prints its warnings, and notes what it saw instead: the shards of a step are judged
together.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wsss.run.artifacts import way_out
from wsss.run.errors import UserError
from wsss.run.files import read_json

FIGURES = ("seconds", "core_seconds", "peak_mb")
"""the figures in a note that costs are made of"""
KEY = "warnings"
"""the key of the lines in what a stage returns to be noted"""
CORRECTED = "corrected"
"""the key of the number of photos whose labels people corrected"""
EARLIER = "earlier"
"""the key of what the earlier starts of an interrupted training took: some of FIGURES"""
SEEN = "seen"
"""the key of what a shard saw"""


def warn(lines: Sequence[str]) -> dict[str, Any] | None:
    """Print each line as a warning; what a stage returns so that they are noted."""
    for line in lines:
        print(f"warning: {line}", flush=True)
    return {KEY: list(lines)} if lines else None


def read_warnings(artifact: str | Path) -> list[str]:
    """The warnings that were noted beside an artifact; [] without a note."""
    measured = (read_note(artifact) or {}).get("measured") or {}
    return [str(line) for line in measured.get(KEY, [])]


def read_seen(artifact: str | Path) -> dict[str, Any] | None:
    """What was noted beside a shard that it saw; None without a note."""
    measured = (read_note(artifact) or {}).get("measured") or {}
    seen: dict[str, Any] | None = measured.get(SEEN)
    return seen


def read_corrected(artifact: str | Path) -> int | None:
    """The number of photos of a shard that people corrected; None where that was not asked for."""
    measured = (read_note(artifact) or {}).get("measured") or {}
    count = measured.get(CORRECTED)
    return count if isinstance(count, int) else None


def read_note(artifact: str | Path) -> dict[str, Any] | None:
    """The content of X.run.json beside an artifact X; None without one, UserError if it is damaged.

    No digest covers it, because it differs from run to run.
    """
    path = Path(f"{artifact}.run.json")
    if not path.is_file():
        return None
    try:
        note = read_json(path)
        if _is_note(note):
            return dict(note)
        why = "it is no note"
    except (OSError, ValueError) as error:
        why = str(error)
    raise UserError(f"note {path} cannot be read ({why}); {way_out(artifact)}")


def _is_note(value: Any) -> bool:
    """Whether JSON is a note as stages write it: an object, with numbers as figures."""
    if not isinstance(value, dict) or not isinstance(value.get("measured", {}), dict):
        return False
    lines, seen = value.get("measured", {}).get(KEY, []), value.get("measured", {}).get(SEEN, {})
    earlier = value.get("measured", {}).get(EARLIER, {})
    if not all(
        isinstance(one, kind) for one, kind in ((lines, list), (seen, dict), (earlier, dict))
    ):
        return False
    figures = [each.get(name, 0) for each in (value, earlier) for name in FIGURES]
    counts = [seen.get(name, 0) for name in ("photos", "above_zero")]
    numbers = all(isinstance(one, int | float) for one in [*figures, *counts])
    return numbers and isinstance(seen.get("labels", []), list)
