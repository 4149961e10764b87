"""Starts of a stage. A start that slept does not overwrite what a later one has made.

Beside its first output X a start leaves its token, in `.X.began`, which a later start replaces. The
record (X.prov.json) and the account of the run (X.run.json, which holds the token) are the notes of
X. A start whose token still stands is the latest, so it may replace anything.
"""

import contextlib
import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from wsss.run.errors import TransientError
from wsss.run.files import guard_replacing
from wsss.run.termination import end_if_orphaned


class Start:
    """One start of a stage that makes `outputs`."""

    def __init__(self, outputs: Sequence[str]) -> None:
        self.token = secrets.token_hex(8)
        self._outputs = [Path(path) for path in outputs]
        self._before = self._maker()

    def before_replacing(self, path: Path) -> None:
        """For `files.guard_replacing`. Old notes go right before their artifact is replaced."""
        for output in self._outputs:
            if path in _notes(output):
                self._check()
            elif path in (output, Path(f"{output}.json")):
                self._check()
                forget(output)

    def _check(self) -> None:
        """Raise when a later start has made the outputs; exit when the run of this one is gone."""
        end_if_orphaned()
        maker = self._maker()
        if maker in (None, self._before, self.token) or self._reads_own_token():
            return
        raise TransientError(
            f"another start of this stage has made {self._outputs[0]} meanwhile; what "
            "this one made is dropped, nothing was overwritten"
        )

    def leave_token(self) -> None:
        """Put the token where a later start will put its own."""
        if self._outputs:
            self._place().parent.mkdir(parents=True, exist_ok=True)
            self._place().write_text(self.token)

    def take_token_away(self) -> None:
        """Remove the token, unless it is a later start's. An empty one is half written."""
        if self._outputs and self._token_there() in (self.token, ""):
            self._place().unlink(missing_ok=True)

    def _reads_own_token(self) -> bool:
        return self._token_there() == self.token

    def _token_there(self) -> str | None:
        with contextlib.suppress(OSError, ValueError):
            return self._place().read_text()
        return None

    def _place(self) -> Path:
        return self._outputs[0].with_name(f".{self._outputs[0].name}.began")

    def _maker(self) -> str | None:
        """The token of the start that made what is there now."""
        with contextlib.suppress(OSError, ValueError, IndexError, AttributeError):
            token = json.loads(Path(f"{self._outputs[0]}.run.json").read_text()).get("began")
            return token if isinstance(token, str) else None
        return None


@contextmanager
def started(outputs: Sequence[str]) -> Iterator[Start]:
    """A start within which outputs are replaced only while it may; its token goes with it."""
    start = Start(outputs)
    try:
        start.leave_token()
        with guard_replacing(start.before_replacing):
            yield start
    finally:
        start.take_token_away()


def forget(output: Path) -> None:
    """Take away what is noted of an artifact, before another takes its place."""
    for note in _notes(output):
        note.unlink(missing_ok=True)


def _notes(output: Path) -> tuple[Path, Path]:
    return Path(f"{output}.prov.json"), Path(f"{output}.run.json")
