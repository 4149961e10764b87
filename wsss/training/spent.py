"""The time that a training took in all its starts. It is kept beside the checkpoints, so that a
kill loses no more of it than some seconds.
"""

import time
from pathlib import Path

from wsss.run.errors import raise_passing
from wsss.run.files import MALFORMED, read_json, write_json

FIGURES = ("seconds", "core_seconds")
EVERY = 20.0
"""seconds between two notes"""


class Spent:
    """Counts the seconds of this process, and adds those of earlier ones from FOLDER/spent.json.
    Without a folder nothing is kept.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._path = folder / "spent.json" if folder else None
        self._began = self._noted = time.monotonic()
        self._core_began = time.process_time()
        self.earlier = self._read()

    def note(self, now: bool = False) -> None:
        """Write the sum so far, if the last note is old, or if `now`."""
        if self._path is None or not (now or time.monotonic() - self._noted >= EVERY):
            return
        self._noted = time.monotonic()
        spent = (self._noted - self._began, time.process_time() - self._core_began)
        total = {name: self.earlier[name] + more for name, more in zip(FIGURES, spent)}
        write_json(self._path, total)

    def _read(self) -> dict[str, float]:
        """What earlier starts took; zeros without a note that can be read."""
        try:
            found = read_json(self._path) if self._path else {}
            return {name: float(found[name]) for name in FIGURES}
        except MALFORMED as error:
            raise_passing(error)
            return dict.fromkeys(FIGURES, 0.0)
