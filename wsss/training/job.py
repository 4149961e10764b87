"""One training as the command line describes it."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wsss.data.index import read_digests
from wsss.run.code import CODE
from wsss.run.command_line import named_paths
from wsss.run.methods import Method
from wsss.run.records import content_digest
from wsss.run.settings import digest
from wsss.run.user_files import contents_of, named_files
from wsss.training.settings import TrainingSettings

NamedPaths = tuple[tuple[str, str], ...]
"""(name, path), where the name of a plain path is empty"""


@dataclass(frozen=True)
class TrainingJob:
    """A method to train on a split, what it reads, where the model goes, and how to run."""

    script: str
    method: str
    out: Path
    index: Path
    split: str
    inputs: Mapping[str, NamedPaths] = field(default_factory=dict)
    """by argument: all that was declared as an input and given, without index and start"""
    start: Path | None = None
    """a model that the network starts from"""
    device: str = "auto"
    threads: int = 2
    workers: int = 0
    checkpoint_minutes: float = 2.0
    checkpoint_steps: int = 0
    resume: bool = True

    @classmethod
    def of(cls, args: argparse.Namespace, script: str, inputs: Sequence[str]) -> "TrainingJob":
        """The job that was typed; `inputs` are the names of the arguments that are artifacts."""
        named = {}
        for name in inputs:
            if name not in ("index", "start"):
                named[name] = tuple(named_paths(getattr(args, name)))
        return cls(
            script,
            args.method,
            Path(args.out),
            Path(args.index),
            args.split,
            named,
            Path(args.start) if args.start else None,
            args.device,
            args.threads,
            args.workers,
            args.checkpoint_minutes,
            args.checkpoint_steps,
            not args.no_resume,
        )

    def paths(self, name: str) -> list[str]:
        """The paths that were given under one argument."""
        return [path for _, path in self.inputs[name]]

    def key(self, method: Method, settings: TrainingSettings) -> str:
        """Hex digits for all that decides the model: a checkpoint of another key is another's."""
        contents = {}
        for argument, paths in self.inputs.items():
            contents[argument] = [[name, content_digest(path)] for name, path in paths]
        return digest(
            {
                "code": CODE.digest(self.script, method),
                "method": [self.method, method._asdict()],
                "settings": settings.model_dump(mode="json"),
                "inputs": contents,
                "photos": read_digests(self.index, self.split, method.annotations),
                "files": contents_of(named_files(type(settings), settings.model_dump())),
                "split": self.split,
                "start": content_digest(self.start) if self.start else None,
            }
        )
