"""Notes on a plan, printed once: settings that nothing reads, weights and files that are not there,
rows that are left out.
"""

import sys
from collections.abc import Callable, Iterable

from wsss.plan.left_out import left_out_note
from wsss.plan.missing_files import files_note
from wsss.plan.missing_weights import weights_note
from wsss.plan.plan import Plan
from wsss.plan.unread import unread_note
from wsss.run.errors import printable


class Notes:
    """Prints the notes once, in the `main` process, which a person started.

    `targets` gives Snakemake's targets. It is called late, by input functions, because Snakemake
    does not have the targets yet while it reads the Snakefile.
    """

    def __init__(self, plan: Plan, targets: Callable[[], Iterable[str]], main: bool = True) -> None:
        self._plan, self._targets, self._printed = plan, targets, not main

    def tell(self) -> None:
        """Print a line for each note; only at the first call."""
        if self._printed:
            return
        self._printed = True
        for note_of in (unread_note, weights_note, files_note, left_out_note):
            note = note_of(self._plan, self._targets())
            if note:
                print(printable(note), file=sys.stderr, flush=True)
