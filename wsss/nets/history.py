"""The history of a training: the loss curve in a model's description, and what was measured by
masks.

PATH.json is part of a model. What was measured by masks is not, for a model must be the same bytes
without any: it lies beside the model as PATH.measured.json, which no digest covers.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wsss.run.errors import UserError
from wsss.run.files import write_json

Row = dict[str, Any]


def forget_measured(model: str | Path) -> None:
    """Delete what masks measured of an earlier model at this path."""
    _read_measured(model).unlink(missing_ok=True)


def write_measured(model: str | Path, rows: Sequence[Row]) -> None:
    """Write the rows that masks measured, one per epoch, beside a model; no rows, no file."""
    if rows:
        write_json(_read_measured(model), {"history": list(rows)})


def read_history(model: str | Path) -> list[Row]:
    """One row an epoch: its number `epoch`, the parts of the loss, and figures by masks if there
    are any.

    UserError when a file cannot be read; a description without a history has no rows.
    """
    history = _rows(Path(f"{model}.json"))
    if not _read_measured(model).is_file():
        return history
    measured = {row["epoch"]: row for row in _rows(_read_measured(model))}
    return [{**row, **measured.get(row["epoch"], {})} for row in history]


def _read_measured(model: str | Path) -> Path:
    return Path(f"{model}.measured.json")


def _rows(path: Path) -> list[Row]:
    try:
        return list(json.loads(path.read_text()).get("history", []))
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise UserError(f"history {path} cannot be read ({error}); train the model again")
