"""The history of a training: the loss curve, and scores of its supervision against masks.

The loss curve is in PATH.json, which is part of the model PATH. The scores are in
PATH.measured.json, which no digest covers: masks only measure, so a model must have the same bytes
with and without them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wsss.run.artifacts import way_out
from wsss.run.errors import UserError
from wsss.run.files import MALFORMED, read_json, write_json

Row = dict[str, Any]


def forget_measured(model: str | Path) -> None:
    """Delete the scores of an earlier model at this path."""
    _measured_path(model).unlink(missing_ok=True)


def write_measured(model: str | Path, rows: Sequence[Row]) -> None:
    """Write the scores against masks beside a model, one row an epoch; without rows no file."""
    if rows:
        write_json(_measured_path(model), {"history": list(rows)})


def read_history(model: str | Path) -> list[Row]:
    """One row an epoch: its number `epoch`, the parts of the loss, and scores against masks if
    there are any.

    UserError when a file cannot be read. A description without a history gives an empty list.
    """
    history = _read_rows(Path(f"{model}.json"), model)
    if not _measured_path(model).is_file():
        return history
    measured = {row["epoch"]: row for row in _read_rows(_measured_path(model), model)}
    return [{**row, **measured.get(row["epoch"], {})} for row in history]


def _measured_path(model: str | Path) -> Path:
    return Path(f"{model}.measured.json")


def _read_rows(path: Path, model: str | Path) -> list[Row]:
    try:
        rows = list(read_json(path).get("history", []))
        return [{**row, "epoch": row["epoch"]} for row in rows]
    except MALFORMED as error:
        raise UserError(f"history {path} cannot be read ({error}); {way_out(model)}")
