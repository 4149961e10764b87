"""Guards against two processes that run the same job. A *start* is one of these processes. One that
was suspended, and goes on late, must not overwrite what a later start has made.

A start has a random token, and writes it to `.X.began` beside its first output X. A later start
replaces it. When it is done, X.run.json holds the token of the start that made X. A start may
replace X if its own token is still in `.X.began`, or if no other start has made X since it began.

The *notes* of X are its record X.prov.json and its X.run.json.

No start replaces a folder of the user's.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from wsss.run.artifacts import work_folder
from wsss.run.errors import TransientError, UserError, raise_passing
from wsss.run.files import atomic, guard_replacing, read_json, require_file
from wsss.run.termination import end_if_orphaned


class Start:
    """One process that runs a stage, which makes `outputs`."""

    def __init__(self, outputs: Sequence[str]) -> None:
        self.token = secrets.token_hex(8)
        self._outputs = [Path(path) for path in outputs]
        self._maker_before = self._maker_token()
        # then a start that failed may have made outputs that have no notes yet
        self._follows_failed = bool(outputs) and self._read_token() is not None

    def before_replacing(self, path: Path) -> None:
        """The guard for `files.guard_replacing`: raises where another start made the outputs, and
        where a folder of the user's would be deleted.

        The notes of an artifact are deleted right before the artifact is replaced.
        """
        self._refuse_folder(path)
        for output in self._outputs:
            if path in _notes(output):
                self._check()
            elif path in (output, Path(f"{output}.json")):
                self._check()
                forget(output)

    def check_outputs(self) -> None:
        """UserError where an output is a folder of the user's."""
        for output in self._outputs:
            self._refuse_folder(output)

    def _refuse_folder(self, path: Path) -> None:
        """UserError where to replace `path` would delete a folder of the user's."""
        if _is_users(path) and not self._follows_failed:
            raise UserError(
                f"{path} is a folder with files that this program did not make, and they would be "
                "deleted; name another place, or move the folder away"
            )

    def _check(self) -> None:
        """Raise a TransientError where a later start has made the outputs; exit where the run that
        started this process has ended.
        """
        end_if_orphaned()
        maker = self._maker_token()
        if maker in (None, self._maker_before, self.token) or self._reads_own_token():
            return
        raise TransientError(
            f"another start of this stage has made {self._outputs[0]} meanwhile; what this one "
            "made is dropped, nothing was overwritten"
        )

    def write_token(self) -> None:
        """Write the token to `.X.began`."""
        if self._outputs:
            with atomic(self._token_path()) as temporary:  # which follows no link
                temporary.write_text(self.token, encoding="utf-8")

    def remove_token(self) -> None:
        """Delete `.X.began`, unless it holds the token of a later start, or this start has made
        outputs and could not write their notes.
        """
        if any(map(_is_users, self._outputs)):
            return
        if self._outputs and self._read_token() == self.token:
            self._token_path().unlink(missing_ok=True)

    def _reads_own_token(self) -> bool:
        """Whether no later start has replaced the token."""
        return self._read_token() == self.token

    def _read_token(self) -> str | None:
        """The content of `.X.began`; None where it cannot be read."""
        try:
            return require_file(self._token_path()).read_text(encoding="utf-8")
        except OSError as error:
            raise_passing(error)
        except ValueError:
            pass
        return None

    def _token_path(self) -> Path:
        return self._outputs[0].with_name(f".{self._outputs[0].name}.began")

    def _maker_token(self) -> str | None:
        """The token of the start that made the first output as it is now; None if not known."""
        try:
            token = read_json(f"{self._outputs[0]}.run.json").get("began")
            return token if isinstance(token, str) else None
        except OSError as error:
            raise_passing(error)
        except (ValueError, IndexError, AttributeError):
            pass
        return None


@contextmanager
def started(outputs: Sequence[str]) -> Iterator[Start]:
    """A start. Within the block no output that a later start made is replaced."""
    start = Start(outputs)
    start.check_outputs()
    try:
        start.write_token()
        with guard_replacing(start.before_replacing):
            yield start
    finally:
        start.remove_token()


def _is_users(path: Path) -> bool:
    """Whether a path is a folder with files and without notes: a user's, or one that a stage has
    just made. In a work folder stages made everything; of a link only the link is replaced.
    """
    if path.is_symlink() or not path.is_dir() or work_folder(path) is not None:
        return False
    return any(path.iterdir()) and not any(note.exists() for note in _notes(path))


def forget(output: Path) -> None:
    """Delete the notes of an artifact."""
    for note in _notes(output):
        note.unlink(missing_ok=True)


def _notes(output: Path) -> tuple[Path, Path]:
    return Path(f"{output}.prov.json"), Path(f"{output}.run.json")
