"""The command line of a stage: its method, what its script declares, how to run, and its
settings.

`--help` lists the settings with their defaults, made from the settings model. Of what was given,
the record gets only what can change the result.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import yaml

from wsss.run.methods import Method, choose, load
from wsss.run.settings import Settings, validate
from wsss.run.shard_words import unfold_shards

SHARD = "shard"
"""the option that no result depends on: shards of a step differ in their photos only"""


@dataclass(frozen=True)
class ParsedArguments:
    """What was typed: all arguments, the settings, and the method where there is one."""

    args: argparse.Namespace
    settings: Settings
    method: Method | None
    options: dict[str, Any]
    """the options that decide what is made, as given and as JSON has them"""

    @property
    def method_name(self) -> str | None:
        """As it was typed."""
        return getattr(self.args, "method", None)


@dataclass
class CommandLine:
    """What a script declares: `flag` or name -> options of argparse; and which of these decide."""

    script: str
    doc: str
    methods: Mapping[str, Method] | None
    settings: type[Settings]
    declared: dict[str, dict[str, Any]] = field(default_factory=dict)
    recorded: list[str] = field(default_factory=list)

    def declare(self, name: str, decides: bool, options: dict[str, Any]) -> None:
        """Add an option, or an argument by its place where `options` say "positional"."""
        self.declared[name] = options
        if decides and name != SHARD:
            self.recorded.append(name)

    def parse(self, argv: Sequence[str]) -> ParsedArguments:
        """Read `argv`; exits with 2 at wrong usage, a UserError at wrong settings."""
        parser = argparse.ArgumentParser(
            prog=self.script,
            description=self.doc,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        method = self._add_method(parser, argv[0] if argv else "")
        model = load(method.settings) if method else self.settings
        self._add_declared(parser)
        _add_runtime(parser)
        _add_settings(parser, model)
        args = parser.parse_args(unfold_shards(argv))
        options = {name: _as_json(getattr(args, name)) for name in self.recorded if name in args}
        self._fill_defaults(args)
        return ParsedArguments(args, _settings_of(args, model), method, options)

    def _add_method(self, parser: argparse.ArgumentParser, first: str) -> Method | None:
        """The method that the first argument names; only it decides which settings there are."""
        if self.methods is None:
            return None
        parser.add_argument("method", choices=list(self.methods), help="the method")
        if first in self.methods:
            return choose(self.methods, first, "method")
        if first not in ("-h", "--help"):
            parser.error(f"the first argument is the method, one of: {', '.join(self.methods)}")
        return None

    def _add_declared(self, parser: argparse.ArgumentParser) -> None:
        """Without defaults, so that one sees what was given and what was not."""
        for name, options in self.declared.items():
            if _is_positional(options):
                parser.add_argument(name, **{k: v for k, v in options.items() if k != "positional"})
            else:
                flag = f"--{name.replace('_', '-')}"
                parser.add_argument(flag, **{**options, "default": argparse.SUPPRESS})

    def _fill_defaults(self, args: argparse.Namespace) -> None:
        for name, options in self.declared.items():
            if name not in args:
                flag = options.get("action") == "store_true"
                setattr(args, name, options.get("default", False if flag else None))


def named_paths(value: Any) -> list[tuple[str, str]]:
    """(name, path) of what an argument names: PATH, NAME=PATH or NAME=PATH,PATH, one or several.

    The name of a plain PATH is empty.
    """
    given = [] if value is None else [value] if isinstance(value, str) else list(value)
    found = []
    for one in given:
        name, equals, paths = one.partition("=")
        if not equals or Path(one).exists():
            found.append(("", one))
        else:
            found += [(name, path) for path in paths.split(",")]
    return found


def _is_positional(options: Mapping[str, Any]) -> bool:
    return bool(options.get("positional"))


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _settings_of(args: argparse.Namespace, model: type[Settings]) -> Settings:
    given = {}
    for name in model.model_fields:
        text = getattr(args, f"set_{name}")
        if text is not None:
            given[name] = yaml.safe_load(text)
    return validate(model, {**args.settings, **given})


def _add_runtime(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("how to run; none of these changes a result").add_argument
    add(
        "--device",
        default="auto",
        choices=["auto", "cpu", "cuda"],
        help="auto takes CUDA if there is",
    )
    add(
        "--threads",
        type=int,
        default=2,
        help="intra-op threads (trainings repeat at equal threads)",
    )
    add("--workers", type=int, default=0, help="processes that load photos")
    add(
        "--checkpoint-minutes",
        type=float,
        default=2.0,
        help="minutes between a training's checkpoints",
    )
    add(
        "--checkpoint-steps",
        type=int,
        default=0,
        help="a checkpoint every so many steps as well; 0: none",
    )
    add("--no-resume", action="store_true", help="ignore the checkpoint of an interrupted run")


def _add_settings(parser: argparse.ArgumentParser, model: type[Settings]) -> None:
    add = parser.add_argument_group("settings; YAML values").add_argument
    add(
        "--settings",
        type=json.loads,
        default={},
        metavar="JSON",
        help="settings as one JSON object",
    )
    for name, info in model.model_fields.items():
        listed = get_origin(info.annotation) in (list, tuple)
        kind = "a list" if listed else _type_name(info.annotation)
        text = f"{info.description} ({kind}, default {info.default!r})".replace("%", "%%")
        add(f"--{name.replace('_', '-')}", dest=f"set_{name}", metavar="VALUE", help=text)


def _type_name(annotation: Any) -> str:
    if get_origin(annotation) in (Union, UnionType):
        return " or ".join(_type_name(a) for a in get_args(annotation))
    return getattr(annotation, "__name__", str(annotation)).replace("NoneType", "null")
