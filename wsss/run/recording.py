"""Writes the two notes beside each output X of a stage: the record X.prov.json (records.py), and
X.run.json, which says how the run went.
"""

import argparse
import importlib.metadata
import resource
import socket
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from wsss.run.artifacts import place_of
from wsss.run.code import CODE
from wsss.run.command_line import ParsedArguments
from wsss.run.files import write_json
from wsss.run.reading import Reading
from wsss.run.records import Json, Record, content_digest

PACKAGES = ("torch", "timm", "numpy", "scikit-image", "pydensecrf2", "h5py", "pillow")
"""the packages whose versions a record states"""


def write_records(
    script: str, typed: ParsedArguments, outputs: Iterable[str], reading: Reading, run: Json
) -> None:
    """Write X.run.json and X.prov.json beside each output X that exists. `run` is the content of
    the first.
    """
    digests = {path: content_digest(path) for path in outputs if Path(path).exists()}
    if not digests:
        return
    record = _record(script, typed, reading)
    by_name = {Path(path).name: digest for path, digest in digests.items()}
    for path, digest in digests.items():
        # two outputs may have one name in different folders; each record states its own digest
        named = {**by_name, Path(path).name: digest}
        own = replace(record, outputs=named, place=place_of(path))
        write_json(f"{path}.run.json", run)
        write_json(f"{path}.prov.json", own.as_json())


def _record(script: str, typed: ParsedArguments, reading: Reading) -> Record:
    """The part of the record that all outputs share, so without outputs and place."""
    return Record(
        stage=script,
        method=typed.method_name,
        settings=typed.settings.model_dump(mode="json"),
        options=typed.options,
        code=CODE.digest(script, typed.method),
        modules=CODE.modules(script, typed.method),
        read=reading.read,
        inputs=reading.inputs,
        outputs={},
        versions=_versions(),
        place="",
    )


def run_account(args: argparse.Namespace, seconds: float) -> Json:
    """How long the run took, on which machine and device, and its peak memory in MB."""
    return {
        "seconds": round(seconds, 1),
        "core_seconds": round(time.process_time(), 1),
        "host": socket.gethostname(),
        "device": args.device,
        "threads": args.threads,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _versions() -> dict[str, str | None]:
    """Package -> its version; None where it is not installed."""
    found: dict[str, str | None] = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found
