"""What every stage script shares: its declarations, its errors and exit codes, its records.

A script declares its index, inputs, outputs and options and gives one function. Exit codes: 0 done,
1 failed (one line says why), 2 wrong usage, 143 asked to end.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wsss.run.command_line import CommandLine, ParsedArguments
from wsss.run.errors import TransientError, UserError, line_of
from wsss.run.launch import is_main_process
from wsss.run.methods import Method
from wsss.run.reading import Declared, Digests, paths_of
from wsss.run.recording import run_account, write_records
from wsss.run.records import Json
from wsss.run.refusal import forget_refusal, note_refusal, refuse_again
from wsss.run.settings import Settings
from wsss.run.start import started
from wsss.run.termination import end_on_sigterm, end_with_run

Main = Callable[[argparse.Namespace, Any], None]


class Stage:
    """A stage script: declare with `index`, `input`, `output`, `option`, then `run(main)`."""

    def __init__(
        self,
        file: str,
        doc: str,
        methods: Mapping[str, Method] | None = None,
        settings: type[Settings] = Settings,
    ) -> None:
        self.script = f"stages/{Path(file).name}"
        self.methods = methods
        self.inputs: list[str] = []
        self.outputs: list[str] = []
        self.reads: tuple[str, ...] = ()
        self._digests: Digests | None = None
        self._line = CommandLine(self.script, doc, methods, settings)

    def index(self, help: str, digests: Digests, reads: Sequence[str] = ()) -> "Stage":
        """The index of the photos, `--index`. The script opens annotations of the kinds `reads`.

        Of an index the photos of the split decide, as `digests` tells them, not the whole file.
        """
        self._digests, self.reads = digests, tuple(reads)
        return self._file("index", help, {})

    def input(self, name: str, help: str, **options: Any) -> "Stage":
        """An artifact or several, verified before the stage begins."""
        self.inputs.append(name)
        return self._file(name, help, options)

    def output(self, name: str, help: str, **options: Any) -> "Stage":
        """An artifact that the stage makes, and that gets a record."""
        self.outputs.append(name)
        return self._file(name, help, options)

    def option(self, name: str, help: str, decides: bool = True, **options: Any) -> "Stage":
        """Anything else; `decides` is False for what cannot change the result."""
        self._line.declare(name, decides, {"help": help, **options})
        return self

    def argument(self, name: str, help: str, **options: Any) -> "Stage":
        """Something given by its place, for scripts that people call by hand."""
        self._line.declare(name, False, {"help": help, "positional": True, **options})
        return self

    @property
    def recorded_options(self) -> tuple[str, ...]:
        """The options that a record tells when they are given."""
        return tuple(self._line.recorded)

    def run(self, main: Main, argv: Sequence[str] | None = None) -> None:
        """Parse, run `main(args, settings)`, write the records.

        Inputs that are not what their stage wrote are refused before anything is done.
        """
        end_on_sigterm()
        end_with_run()
        outputs: list[str] = []
        try:
            typed = self._line.parse(sys.argv[1:] if argv is None else list(argv))
            outputs += self._outputs_of(typed)
            self._make(main, typed, outputs)
        except (UserError, OSError, MemoryError, KeyboardInterrupt) as error:
            line = line_of(error)
            if isinstance(error, UserError) and not isinstance(error, TransientError):
                note_refusal(outputs, line)
            print(f"error: {line}", file=sys.stderr)
            sys.exit(1)

    def _make(self, main: Main, typed: ParsedArguments, outputs: list[str]) -> None:
        began = time.monotonic()
        declared = Declared(tuple(self.inputs), self._digests, self.reads)
        refuse_again(outputs)
        with started(outputs) as start:
            reading = declared.reading(typed)
            main(typed.args, typed.settings)
            run = {
                "began": start.token,
                "inputs": declared.paths(typed),
                "looks": reading.looks,
                **run_account(typed.args, time.monotonic() - began),
            }
            write_records(self.script, typed, outputs, reading, run)
        forget_refusal(outputs)

    def _file(self, name: str, help: str, options: Json) -> "Stage":
        return self.option(name, help, False, **{"required": True, "metavar": "PATH", **options})

    def _outputs_of(self, typed: ParsedArguments) -> list[str]:
        """The outputs of this process: none unless it is the main process."""
        if not is_main_process():
            return []
        found: list[str] = []
        for name in self.outputs:
            found += paths_of(typed, name)
        return found
