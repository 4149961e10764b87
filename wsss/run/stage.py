"""What every stage script shares: its declarations, its errors and exit codes, its records.

A script declares its index, inputs, outputs and options and gives one function. Exit codes: 0 done,
1 failed (one line says why), 2 wrong usage, 143 told to end.
"""

import argparse
import importlib.metadata
import resource
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wsss.run.artifacts import lineage_at, place_of, verify
from wsss.run.code import CODE
from wsss.run.command_line import CommandLine, ParsedArguments, named_paths
from wsss.run.errors import TransientError, UserError, line_of
from wsss.run.files import write_json
from wsss.run.launch import is_main_process
from wsss.run.methods import Method
from wsss.run.records import GivenArtifact, Input, Json, Record, content_digest
from wsss.run.refusal import forget_refusal, note_refusal, refuse_again
from wsss.run.settings import Settings
from wsss.run.start import started
from wsss.run.termination import end_on_sigterm, end_with_run
from wsss.run.user_files import contents_of, looks_of, named_files

PACKAGES = ("torch", "timm", "numpy", "scikit-image", "pydensecrf2", "h5py", "pillow")
WHOLE = "*"
"""the split of scripts that know none: all photos"""

Main = Callable[[argparse.Namespace, Any], None]
Digests = Callable[[str, str, tuple[str, ...]], dict[str, str]]
"""path of an index, split, kinds of annotation -> "photos" and each kind -> digest"""


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
            outputs += self._outputs_of(typed.args)
            self._make(main, typed, outputs)
        except (UserError, OSError, MemoryError, KeyboardInterrupt) as error:
            line = line_of(error)
            if isinstance(error, UserError) and not isinstance(error, TransientError):
                note_refusal(outputs, line)
            print(f"error: {line}", file=sys.stderr)
            sys.exit(1)

    def _make(self, main: Main, typed: ParsedArguments, outputs: list[str]) -> None:
        began = time.monotonic()
        refuse_again(outputs)
        with started(outputs) as start:
            looks = looks_of(
                named_files(type(typed.settings), typed.settings.model_dump(mode="json"))
            )
            inputs, read = self._verified(typed.args), self._read(typed)
            main(typed.args, typed.settings)
            ran = {
                "began": start.token,
                "inputs": self._paths_of(typed.args),
                "looks": looks,
                **_ran(typed.args, time.monotonic() - began),
            }
            self._record(typed, outputs, inputs, read, ran)
        forget_refusal(outputs)

    def _verified(self, args: argparse.Namespace) -> dict[str, Input]:
        """Every input that was given, by its argument; the index is verified and left out."""
        if self._digests and Path(args.index).exists():
            verify(args.index)
        found: dict[str, Input] = {}
        for name in self.inputs:
            given = [
                (key, path) for key, path in named_paths(getattr(args, name)) if Path(path).exists()
            ]
            artifacts = [GivenArtifact(key, verify(path), lineage_at(path)) for key, path in given]
            found |= {name: Input.of(artifacts)} if artifacts else {}
        return found

    def _read(self, typed: ParsedArguments) -> dict[str, dict[str, str]]:
        """What the stage reads beside its inputs, as it is now: of a split of its index, and of
        files that settings name.
        """
        files = contents_of(
            named_files(type(typed.settings), typed.settings.model_dump(mode="json"))
        )
        return {**self._read_of_index(typed), **files}

    def _read_of_index(self, typed: ParsedArguments) -> dict[str, dict[str, str]]:
        """Split -> kind -> digest."""
        if self._digests is None:
            return {}
        of_method = typed.method.annotations if typed.method else ()
        kinds = tuple(sorted({*self.reads, *of_method}))
        split = getattr(typed.args, "split", WHOLE)
        return {split: self._digests(typed.args.index, split, kinds)}

    def _record(
        self,
        typed: ParsedArguments,
        outputs: list[str],
        inputs: dict[str, Input],
        read: dict[str, dict[str, str]],
        ran: Json,
    ) -> None:
        made = [path for path in outputs if Path(path).exists()]
        digests = {path: content_digest(path) for path in made}
        told = {Path(path).name: digest for path, digest in digests.items()}
        for path, digest in digests.items():
            record = Record(
                self.script,
                typed.method_name,
                typed.settings.model_dump(mode="json"),
                typed.options,
                CODE.digest(self.script, typed.method),
                CODE.modules(self.script, typed.method),
                read,
                inputs,
                {**told, Path(path).name: digest},
                _versions(),
                place_of(path),
            )
            write_json(f"{path}.run.json", ran)
            write_json(f"{path}.prov.json", record.as_json())

    def _file(self, name: str, help: str, options: Json) -> "Stage":
        return self.option(name, help, False, **{"required": True, "metavar": "PATH", **options})

    def _outputs_of(self, args: argparse.Namespace) -> list[str]:
        """What this process makes: nothing where another one of several leads."""
        named = [pair for name in self.outputs for pair in named_paths(getattr(args, name))]
        return [path for _, path in named] if is_main_process() else []

    def _paths_of(self, args: argparse.Namespace) -> dict[str, list[str]]:
        """Argument -> the paths that it named, the index among them."""
        names = [*(["index"] if self._digests else []), *self.inputs]
        return {name: [path for _, path in named_paths(getattr(args, name))] for name in names}


def _ran(args: argparse.Namespace, seconds: float) -> Json:
    return {
        "seconds": round(seconds, 1),
        "core_seconds": round(time.process_time(), 1),
        "host": socket.gethostname(),
        "device": args.device,
        "threads": args.threads,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _versions() -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found
