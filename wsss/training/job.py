"""A training as the command line of a stage describes it."""

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
"""(name, path) pairs of an argument NAME=PATH; the name of a plain path is empty"""


@dataclass(frozen=True)
class TrainingJob:
    """The training of one method on one split."""

    script: str
    """the stage script"""
    method: str
    """name of the method in its registry"""
    out: Path
    """where the model is saved"""
    index: Path
    """the index of the photos"""
    split: str
    """the split to train on"""
    inputs: Mapping[str, NamedPaths] = field(default_factory=dict)
    """argument -> its paths, for all declared inputs that were given but index and start"""
    start: Path | None = None
    """a model whose weights the network starts from"""
    device: str = "auto"
    """auto, cpu or cuda"""
    threads: int = 2
    """of the training process"""
    workers: int = 0
    """processes that load photos; 0: the training process does"""
    checkpoint_minutes: float = 2.0
    """minutes from one checkpoint to the next"""
    checkpoint_steps: int = 0
    """steps from one checkpoint to the next, besides the minutes; 0: minutes only"""
    resume: bool = True
    """whether to resume from a checkpoint; false deletes it"""

    @classmethod
    def of(cls, args: argparse.Namespace, script: str, inputs: Sequence[str]) -> "TrainingJob":
        """The job of a parsed command line; `inputs` are the names of the declared inputs."""
        named = {}
        for name in inputs:
            if name not in ("index", "start"):
                named[name] = tuple(named_paths(getattr(args, name)))
        return cls(
            script=script,
            method=args.method,
            out=Path(args.out),
            index=Path(args.index),
            split=args.split,
            inputs=named,
            start=Path(args.start) if args.start else None,
            device=args.device,
            threads=args.threads,
            workers=args.workers,
            checkpoint_minutes=args.checkpoint_minutes,
            checkpoint_steps=args.checkpoint_steps,
            resume=not args.no_resume,
        )

    def paths(self, name: str) -> list[str]:
        """The paths of one argument."""
        return [path for _, path in self.inputs[name]]

    def key(self, method: Method, settings: TrainingSettings) -> str:
        """A hexadecimal digest of all that affects the model: code, settings, inputs and photos.
        Only a checkpoint with the same key is resumed.
        """
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
