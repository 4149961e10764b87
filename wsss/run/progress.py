"""Progress of a stage, as lines in its log. The Snakemake that started the stage shows the last one
(wsss/plan/terminal.py).
"""

import sys
import time

START = "progress: "
"""the beginning of such a line"""
FIRST, EVERY = 10.0, 60.0
"""seconds until the first line, and between lines"""


class Progress:
    """Prints how much is done and how long the rest takes; nothing on a terminal, where a bar does.

    `total` is the number of `unit`s, of which `done` were done before.
    """

    def __init__(self, total: int, unit: str, done: int = 0) -> None:
        self._total, self._unit, self._first = total, unit, done
        self._began = time.monotonic()
        self._next = self._began + FIRST
        self._shown = not sys.stderr.isatty()

    def tell(self, done: int, where: str = "") -> None:
        """Print a line if one is due. `where` stands before the figures, such as "epoch 2 of 9"."""
        now = time.monotonic()
        if not self._shown or now < self._next or done <= self._first:
            return
        self._next = now + EVERY
        left = (now - self._began) / (done - self._first) * (self._total - done)
        parts = [where, f"{self._unit} {done} of {self._total}", f"{in_words(left)} left"]
        print(START + ", ".join(part for part in parts if part), file=sys.stderr, flush=True)


def in_words(seconds: float) -> str:
    """A duration in the largest units that matter: "45 s", "12 min", "3 h 20 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
