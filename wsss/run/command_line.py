"""The command line of a stage: the method, the options that its script declares, options on how to
run, and the settings.

`--help` lists the settings with their defaults, as the settings model states them. The record gets
only those options that can change the result.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wsss.run.errors import UserError
from wsss.run.files import parse_json
from wsss.run.methods import Method, choose, load
from wsss.run.setting_words import describe_setting
from wsss.run.settings import Settings, shown, validate
from wsss.run.shard_words import unfold_shards
from wsss.run.yaml_files import parse_yaml

SHARD = "shard"
"""the option that is never recorded: all shards of a step have one lineage"""


@dataclass(frozen=True)
class ParsedArguments:
    """A command line, parsed."""

    args: argparse.Namespace
    """all arguments by name, with defaults for those that were not given"""
    settings: Settings
    method: Method | None
    """the method's entry in its registry; None for a script without methods"""
    options: dict[str, Any]
    """the options that were given and that affect the result, as JSON values"""

    @property
    def method_name(self) -> str | None:
        """The method's name; None for a script without methods."""
        return getattr(self.args, "method", None)


@dataclass
class CommandLine:
    """The parser of a script's command line."""

    script: str
    """the script's path in the project, such as stages/write_labels.py"""
    doc: str
    """the text of `--help`"""
    methods: Mapping[str, Method] | None
    """the registry that the first argument chooses from; None for a script without methods"""
    settings: type[Settings]
    """the settings model of a script without methods"""
    declared: dict[str, dict[str, Any]] = field(default_factory=dict)
    """name -> the keywords of argparse's `add_argument`, and "positional" for an argument without
    a flag"""
    recorded: list[str] = field(default_factory=list)
    """the options that a record states when they are given"""

    def declare(self, name: str, affects_result: bool, options: dict[str, Any]) -> None:
        """Add an option, with the keywords of `declared`."""
        self.declared[name] = options
        if affects_result and name != SHARD:
            self.recorded.append(name)

    def parse(self, argv: Sequence[str]) -> ParsedArguments:
        """Parse `argv`. Wrong usage exits with 2; wrong settings raise a UserError."""
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
        """The method that the first argument names. It is looked up before the rest is parsed,
        since the method has the settings that the parser must know.
        """
        if self.methods is None:
            return None
        parser.add_argument("method", choices=list(self.methods), help="the method")
        if first in self.methods:
            return choose(self.methods, first, "method")
        if first not in ("-h", "--help"):
            parser.error(f"the first argument is the method, one of: {', '.join(self.methods)}")
        return None

    def _add_declared(self, parser: argparse.ArgumentParser) -> None:
        """Add the declared options without their defaults: only given options are recorded."""
        for name, options in self.declared.items():
            if _is_positional(options):
                parser.add_argument(name, **{k: v for k, v in options.items() if k != "positional"})
            else:
                flags = [f"--{word.replace('_', '-')}" for word in (name, *options.get("also", ()))]
                given = {key: value for key, value in options.items() if key != "also"}
                parser.add_argument(*flags, dest=name, **{**given, "default": argparse.SUPPRESS})

    def _fill_defaults(self, args: argparse.Namespace) -> None:
        """Set the defaults of the declared options that were not given."""
        for name, options in self.declared.items():
            if name not in args:
                flag = options.get("action") == "store_true"
                setattr(args, name, options.get("default", False if flag else None))


def named_paths(value: Any) -> list[tuple[str, str]]:
    """(name, path) for each path in an argument's value: None, a word, or a list of words.

    A word is PATH, NAME=PATH or NAME=PATH,PATH. The name of a plain PATH is "".
    """
    words = [] if value is None else [value] if isinstance(value, str) else list(value)
    found = []
    for word in words:
        name, equals, paths = word.partition("=")
        if not equals or Path(word).exists():
            found.append(("", word))
        else:
            found += [(name, path) for path in paths.split(",")]
    return found


def _is_positional(options: Mapping[str, Any]) -> bool:
    return bool(options.get("positional"))


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _settings_of(args: argparse.Namespace, model: type[Settings]) -> Settings:
    """The settings: those of `--settings`, overridden by options of single settings."""
    given = {}
    for name in model.model_fields:
        text = getattr(args, f"set_{name}")
        if text is not None:
            given[name] = _yaml_value(name, text)
    return validate(model, {**args.settings, **given})


def _yaml_value(name: str, text: str) -> Any:
    """The value of an option; UserError for text that is no YAML."""
    try:
        return parse_yaml(text)
    except ValueError as error:
        raise UserError(f"setting '{name}' is {shown(text)}, which is no YAML ({error}); quote it")


def _add_runtime(parser: argparse.ArgumentParser) -> None:
    """Add the options on how to run, which have no effect on the lineage."""
    add = parser.add_argument_group("how to run; none of these changes a result").add_argument
    add(
        "--device",
        default="auto",
        choices=["auto", "cpu", "cuda"],
        help="auto takes CUDA where there is a GPU",
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
        help="steps of a training between further checkpoints; 0: only those by minutes",
    )
    add("--no-resume", action="store_true", help="ignore the checkpoint of an interrupted run")


def _add_settings(parser: argparse.ArgumentParser, model: type[Settings]) -> None:
    """Add `--settings` for all settings together, and an option for each."""
    add = parser.add_argument_group("settings; YAML values").add_argument
    add(
        "--settings",
        type=parse_json,
        default={},
        metavar="JSON",
        help="settings as one JSON object",
    )
    for name, info in model.model_fields.items():
        text = describe_setting(info).replace("%", "%%")
        add(f"--{name.replace('_', '-')}", dest=f"set_{name}", metavar="VALUE", help=text)
