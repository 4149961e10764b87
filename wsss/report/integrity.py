"""Whether the artifacts of a chain are what their stages wrote."""

from collections.abc import Iterable
from pathlib import Path

from wsss.run.errors import UserError
from wsss.run.provenance import artifacts_in, recorded, verified


def states(folder: str) -> dict[str, str]:
    """Artifact -> "whole", "no record" (its stage was killed before it wrote one) or "damaged", of a stage's folder.

    An artifact whose record is there but which is not is damaged too.
    """
    return {str(path): _state(path) for path in artifacts_in(folder)}


def _state(path: Path) -> str:
    if recorded(path) is None:
        return "no record"
    try:
        verified(path)
    except (UserError, OSError):
        return "damaged"
    return "whole"


def integrity_text(levels: Iterable[tuple[str, dict[str, str]]]) -> str:
    """A line a stage with its counts, then every artifact that is not whole."""
    lines, bad = [], []
    for level, found in levels:
        counts = {state: list(found.values()).count(state) for state in ("whole", "no record", "damaged")}
        told = ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "not made yet"
        lines.append(f"{level:<13} {told}")
        bad += [f"{state}: {path}" for path, state in found.items() if state != "whole"]
    return "\n".join([*lines, *bad]) + "\n"
