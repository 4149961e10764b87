"""Warnings of a stage: what it made is whole, but most likely of no use. They are printed into its
log and noted in X.run.json beside its artifact, from where results and reports take them.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

KEY = "warnings"
"""the key of the lines in what a stage returns to be noted"""


def warn(lines: Sequence[str]) -> dict[str, Any] | None:
    """Print each line as a warning; what a stage returns so that they are noted."""
    for line in lines:
        print(f"warning: {line}", flush=True)
    return {KEY: list(lines)} if lines else None


def read_warnings(artifact: str | Path) -> list[str]:
    """The warnings that were noted beside an artifact; [] without a note."""
    note = Path(f"{artifact}.run.json")
    if not note.is_file():
        return []
    measured = json.loads(note.read_text()).get("measured") or {}
    return [str(line) for line in measured.get(KEY, [])]
