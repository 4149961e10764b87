"""Notes of jobs that failed by an error that only the user can mend. Snakemake tries failed jobs
again, and on a cluster each try waits in the queue. By the note such a job ends at once.
"""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from wsss.run.errors import UserError
from wsss.run.files import read_json, write_json

RUN_ID = "WSSS_RUN_ID"
"""environment variable: names the Snakemake run, equally on all machines that run its jobs"""


def refuse_again(outputs: Iterable[str]) -> None:
    """Raise the error that an earlier try of this run noted, if there is a note."""
    for path in outputs:
        try:
            note = read_json(_note(path))
        except (OSError, ValueError):
            continue
        if isinstance(note, dict) and note.get("run") == os.environ.get(RUN_ID, ""):
            raise UserError(f"{note.get('error')} (not tried again)")


def note_refusal(outputs: Iterable[str], error: str) -> None:
    """Write the error to a note beside the first output. Where no note can be written, the job is
    tried again.
    """
    if os.environ.get(RUN_ID):
        for path in list(outputs)[:1]:
            with contextlib.suppress(OSError):
                write_json(_note(path), {"run": os.environ[RUN_ID], "error": error})


def forget_refusal(outputs: Iterable[str]) -> None:
    """Delete the note, after the job has succeeded."""
    for path in outputs:
        _note(path).unlink(missing_ok=True)


def _note(path: str) -> Path:
    return Path(path).with_name(f".{Path(path).name}.refused.json")
