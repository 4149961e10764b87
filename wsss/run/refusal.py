"""Notes of refused inputs. A run does not try such an input again, which on a cluster would wait in
the queue for nothing.
"""

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from wsss.run.errors import UserError
from wsss.run.files import write_json

RUN_ID = "WSSS_RUN_ID"
"""environment variable: the Snakemake run, the same on all machines that its jobs are on"""


def refuse_again(outputs: Iterable[str]) -> None:
    """Raise what the first try of the same run raised, if it refused its input."""
    for path in outputs:
        try:
            note = json.loads(_note(path).read_text())
        except (OSError, ValueError):
            continue
        if isinstance(note, dict) and note.get("run") == os.environ.get(RUN_ID, ""):
            raise UserError(f"{note['error']} (not tried again)")


def note_refusal(outputs: Iterable[str], error: str) -> None:
    """Keep the error of a refused input beside the place of the outputs. Later tries of the same
    run then end at once. Where no note can be written, they try again.
    """
    if os.environ.get(RUN_ID):
        for path in list(outputs)[:1]:
            with contextlib.suppress(OSError):
                write_json(_note(path), {"run": os.environ[RUN_ID], "error": error})


def forget_refusal(outputs: Iterable[str]) -> None:
    """Delete the note, once a run has succeeded."""
    for path in outputs:
        _note(path).unlink(missing_ok=True)


def _note(path: str) -> Path:
    return Path(path).with_name(f".{Path(path).name}.refused.json")
