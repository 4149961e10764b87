"""What every stage script shares: its command line, its errors and exit codes, its provenance.

A script declares its inputs and outputs and gives one function; `--help` lists its settings with their defaults, made
from the settings model. Exit codes: 0 done, 1 failed (one line says why), 2 wrong usage.
"""

import argparse
import errno
import importlib.metadata
import json
import resource
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import yaml

from wsss.run.code import CODE
from wsss.run.ending import end_on_sigterm, end_with_run
from wsss.run.errors import Passing, UserError
from wsss.run.launch import leads
from wsss.run.methods import Method, choose, load
from wsss.run.provenance import forget, record, verified
from wsss.run.refusal import forget_refusal, note_refusal, refuse_again
from wsss.run.settings import Settings, validated

PACKAGES = ("torch", "timm", "numpy", "scikit-image", "pydensecrf2", "h5py", "pillow")


class Stage:
    """A stage script: declare with `input`, `output`, `option`, then `run(main)`."""

    def __init__(self, file: str, doc: str, variants: Mapping[str, Method] | None = None,
                 settings: type[Settings] = Settings) -> None:
        self.script = f"stages/{Path(file).name}"
        self.variants, self.settings = variants, settings
        self.inputs: list[str] = []
        self.outputs: list[str] = []
        self._doc = doc
        self._declared: list[tuple[str, dict[str, Any]]] = []

    def input(self, name: str, help: str, **options: Any) -> "Stage":
        self.inputs.append(name)
        return self.option(name, help, **{"required": True, "metavar": "PATH", **options})

    def output(self, name: str, help: str, **options: Any) -> "Stage":
        self.outputs.append(name)
        return self.option(name, help, **{"required": True, "metavar": "PATH", **options})

    def option(self, name: str, help: str, **options: Any) -> "Stage":
        self._declared.append((f"--{name.replace('_', '-')}", {"help": help, **options}))
        return self

    def argument(self, name: str, help: str, **options: Any) -> "Stage":
        """Something given by its place, for scripts that people call by hand."""
        self._declared.append((name, {"help": help, **options}))
        return self

    def run(self, main: Callable[[argparse.Namespace, Any], None], argv: Sequence[str] | None = None) -> None:
        """Parse, run `main(args, settings)`, write the provenance; exit with 0, 1 or 2, and 143 after SIGTERM.

        Inputs that are not what their stage wrote are refused before anything is done.
        """
        started, outputs = time.monotonic(), list[str]()
        end_on_sigterm()
        end_with_run()
        try:
            args, settings = self._parse(list(sys.argv[1:] if argv is None else argv))
            outputs = self._given(args, self.outputs) if leads() else []
            refuse_again(outputs)
            forget(outputs)
            inputs = {p: verified(p) for p in self._given(args, self.inputs) if Path(p).exists()}
            main(args, settings)
            record(outputs, self._made_by(args, settings, inputs), _ran(args, time.monotonic() - started))
            forget_refusal(outputs)
        except UserError as error:
            if not isinstance(error, Passing):
                note_refusal(outputs, _one_line(error))
            sys.exit(_fail(_one_line(error)))
        except OSError as error:
            sys.exit(_fail(_of_system(error)))
        except MemoryError:
            sys.exit(_fail("out of memory; run fewer jobs at a time, or lower batch, crop, long_side or workers"))
        except KeyboardInterrupt:
            sys.exit(_fail("interrupted; the same command goes on"))

    def _parse(self, argv: list[str]) -> tuple[argparse.Namespace, Settings]:
        parser = argparse.ArgumentParser(prog=self.script, description=self._doc, allow_abbrev=False,
                                         formatter_class=argparse.RawDescriptionHelpFormatter)
        model = self.settings
        if self.variants is not None:
            parser.add_argument("variant", choices=list(self.variants), help="the method")
            variant = argv[0] if argv else ""
            if variant in self.variants:
                model = load(choose(self.variants, variant, "variant").settings)
            elif variant not in ("-h", "--help"):
                parser.error(f"the first argument is the method, one of: {', '.join(self.variants)}")
        for flag, options in self._declared:
            parser.add_argument(flag, **options)
        _add_runtime(parser)
        _add_settings(parser, model)
        args = parser.parse_args(argv)
        given = {n: yaml.safe_load(v) if isinstance(v, str) else v
                 for n in model.model_fields if (v := getattr(args, f"set_{n}")) is not None}
        return args, validated(model, {**args.settings, **given})

    def _given(self, args: argparse.Namespace, names: Sequence[str]) -> list[str]:
        return [path for name in names for path in _paths(getattr(args, name))]

    def _made_by(self, args: argparse.Namespace, settings: Settings, inputs: dict[str, str]) -> dict[str, Any]:
        method = self.variants[args.variant] if self.variants else None
        return {"stage": self.script, "variant": getattr(args, "variant", None),
                "settings": settings.model_dump(mode="json"), "code": CODE.digest(self.script, method),
                "modules": CODE.modules(self.script, method), "inputs": inputs,
                "versions": {p: _version(p) for p in PACKAGES}}


def _ran(args: argparse.Namespace, seconds: float) -> dict[str, Any]:
    return {"seconds": round(seconds, 1), "core_seconds": round(time.process_time(), 1), "host": socket.gethostname(),
            "device": args.device, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "threads": args.threads}


def _add_runtime(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how to run; none of these changes a result")
    group.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"], help="auto takes CUDA if there is")
    group.add_argument("--threads", type=int, default=2, help="intra-op threads (trainings repeat at equal threads)")
    group.add_argument("--workers", type=int, default=0, help="processes that load photos")
    group.add_argument("--checkpoint-minutes", type=float, default=2.0, help="minutes between a training's checkpoints")
    group.add_argument("--checkpoint-steps", type=int, default=0, help="a checkpoint every so many steps as well; 0: none")
    group.add_argument("--no-resume", action="store_true", help="ignore the checkpoint of an interrupted run")


def _add_settings(parser: argparse.ArgumentParser, model: type[Settings]) -> None:
    group = parser.add_argument_group("settings; YAML values")
    group.add_argument("--settings", type=json.loads, default={}, metavar="JSON", help="settings as one JSON object")
    for name, info in model.model_fields.items():
        kind = "a list" if get_origin(info.annotation) in (list, tuple) else _type_name(info.annotation)
        text = f"{info.description} ({kind}, default {info.default!r})".replace("%", "%%")
        group.add_argument(f"--{name.replace('_', '-')}", dest=f"set_{name}", metavar="VALUE", help=text)


def _type_name(annotation: Any) -> str:
    if get_origin(annotation) in (Union, UnionType):
        return " or ".join(_type_name(a) for a in get_args(annotation))
    return getattr(annotation, "__name__", str(annotation)).replace("NoneType", "null")


def _paths(value: Any) -> list[str]:
    """The paths that an argument names: PATH, NAME=PATH or NAME=PATH,PATH, one or several of them."""
    given = [] if value is None else [value] if isinstance(value, str) else list(value)
    return [path for one in given for path in ([one] if "=" not in one or Path(one).exists() else
                                               one.partition("=")[2].split(","))]


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _one_line(error: UserError) -> str:
    """The message; torch wraps one from a loading process into a traceback whose last line it is."""
    text = str(error).strip()
    if text.startswith("Caught UserError in DataLoader"):
        text = text.rpartition("wsss.run.errors.UserError: ")[2]
    return " ".join(text.split())


def _of_system(error: OSError) -> str:
    """What the system refused, and the way out. Torch tells of a full disk in words only."""
    if error.errno == errno.ENOSPC or "No space left" in str(error):
        return f"the disk is full{f': {error.filename}' if error.filename else ''}; make room, then the same command goes on"
    return f"{error.strerror or error}: {error.filename or 'no file named'}"


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 1
