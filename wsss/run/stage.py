"""The frame of a stage script: it parses the command line, verifies the inputs, calls the script's
function, and writes the records.

A script declares its index, inputs, outputs and options. Exit codes: 0 done, 1 failed (one line
says why), 2 wrong usage, 143 ended by SIGTERM.
"""

import argparse
import io
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from wsss.run.command_line import CommandLine, ParsedArguments
from wsss.run.errors import UserError, lacks_memory, line_of
from wsss.run.files import check_encoding
from wsss.run.launch import is_main_process
from wsss.run.methods import Method
from wsss.run.reading import Declared, Digests, paths_of
from wsss.run.recording import run_account, write_records
from wsss.run.records import Json
from wsss.run.refusal import forget_refusal, note_refusal, refuse_again
from wsss.run.settings import Settings
from wsss.run.start import started
from wsss.run.termination import end_on_sigterm, end_with_run

Main = Callable[[argparse.Namespace, Any], Json | None]
"""the script's function, of its arguments and its settings; figures that it returns are noted in
X.run.json as `measured`, and are no part of the artifact"""


class Stage:
    """A stage script: declare with `index`, `input`, `output` and `option`, then `run(main)`.

    `file` is the script's path and `doc` the text of `--help`. `methods` is the registry that the
    first argument chooses from; a script without methods has one model of `settings`.
    """

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
        self._asked: Mapping[str, str] = {}
        self._line = CommandLine(self.script, doc, methods, settings)

    def index(
        self,
        help: str,
        digests: Digests,
        reads: Sequence[str] = (),
        required: bool = True,
        asked: Mapping[str, str] = MappingProxyType({}),
    ) -> "Stage":
        """Declare `--index`, the index of the photos.

        `reads` are the kinds of annotations that the script reads with every method; `asked` is
        option -> the kind that it reads besides where the option is given. Only the photos of its
        split affect the result, not the whole index; `digests` gives their digests.
        """
        self._digests, self.reads, self._asked = digests, tuple(reads), asked
        return self._file("index", help, {"required": required})

    def input(self, name: str, help: str, **options: Any) -> "Stage":
        """Declare an argument that names one or more artifacts. They are verified before the stage
        begins. `options` are keywords of argparse.
        """
        self.inputs.append(name)
        return self._file(name, help, options)

    def output(self, name: str, help: str, **options: Any) -> "Stage":
        """Declare an argument that names an artifact that the stage writes; it gets a record."""
        self.outputs.append(name)
        return self._file(name, help, options)

    def option(self, name: str, help: str, affects_result: bool = True, **options: Any) -> "Stage":
        """Declare any other option. The record states it if it is given and affects the result.
        `options` are keywords of argparse, and `also`, further names of the option.
        """
        self._line.declare(name, affects_result, {"help": help, **options})
        return self

    def argument(self, name: str, help: str, **options: Any) -> "Stage":
        """Declare an argument without a flag, for scripts that people start by hand."""
        self._line.declare(name, False, {"help": help, "positional": True, **options})
        return self

    @property
    def recorded_options(self) -> tuple[str, ...]:
        """The options that affect the result, which a record states when they are given."""
        return tuple(self._line.recorded)

    def run(self, main: Main, argv: Sequence[str] | None = None) -> None:
        """Parse `argv` (else the process's arguments), run `main(args, settings)`, write records.

        Inputs that differ from what their stage wrote are refused before `main` runs. Of an error
        that a user can mend one line is printed, and the process exits with 1. It exits with 1 in
        silence when nobody reads what it prints.
        """
        _print_any_name()
        end_on_sigterm()
        end_with_run()
        outputs: list[str] = []
        try:
            check_encoding()
            typed = self._line.parse(sys.argv[1:] if argv is None else list(argv))
            outputs += self._outputs_of(typed)
            self._make(main, typed, outputs)
            sys.stdout.flush()
        except BrokenPipeError:  # such as of `| head`, which has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except (UserError, OSError, MemoryError, KeyboardInterrupt, RuntimeError) as error:
            if isinstance(error, RuntimeError) and not lacks_memory(error):
                raise
            line = line_of(error)
            if isinstance(error, UserError) and not error.passes:
                note_refusal(outputs, line)
            print(f"error: {line}", file=sys.stderr)
            sys.exit(1)

    def _make(self, main: Main, typed: ParsedArguments, outputs: list[str]) -> None:
        """Hash all that is read, run `main`, write the records."""
        began = time.monotonic()
        declared = Declared(tuple(self.inputs), self._digests, self.reads, self._asked)
        refuse_again(outputs)
        with started(outputs) as start:
            reading = declared.reading(typed)
            measured = main(typed.args, typed.settings)
            run = {
                "began": start.token,
                "inputs": declared.paths(typed),
                "looks": reading.looks,
                **run_account(typed.args, time.monotonic() - began),
                **({"measured": measured} if measured else {}),
            }
            write_records(self.script, typed, outputs, reading, run)
        forget_refusal(outputs)

    def _file(self, name: str, help: str, options: Json) -> "Stage":
        """Declare an argument that names files. Their content is recorded, not their path."""
        return self.option(name, help, False, **{"required": True, "metavar": "PATH", **options})

    def _outputs_of(self, typed: ParsedArguments) -> list[str]:
        """The paths of the outputs; [] in a process that does not write (launch.py)."""
        if not is_main_process():
            return []
        found: list[str] = []
        for name in self.outputs:
            found += paths_of(typed, name)
        return found


def _print_any_name() -> None:
    """Let names be printed that the terminal's encoding lacks, as escapes such as \\u732b."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
