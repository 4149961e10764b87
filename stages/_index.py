"""The options that all scripts have which read a dataset into an index."""

from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.brought.annotation_settings import AnnotationSettings
from wsss.brought.corrections import add_corrections
from wsss.data.file_cache import FileCache
from wsss.data.index import Index
from wsss.run.errors import printable
from wsss.run.files import parse_json
from wsss.run.settings import validate


def add_options(stage: Stage, root: str) -> None:
    """The dataset's name and folder, which `root` describes, its annotations, and the cache."""
    stage.option("name", "the dataset's name", affects_result=False, required=True)
    stage.option("data_root", root, affects_result=False, required=True, type=Path)
    stage.option(
        "annotations",
        "files and folders of strokes, clicks and boxes, as JSON (section annotations of "
        "config.yaml)",
        affects_result=False,
        type=parse_json,
        default={},
    )
    stage.option(
        "corrections",
        "folder of masks that people corrected, which take the place of pseudo-labels",
        affects_result=False,
    )
    stage.option(
        "afresh",
        "ignore the cache, and read all files again",
        affects_result=False,
        action="store_true",
    )


def files_beside(args: Namespace) -> list[str]:
    """The files and folders that the index reads besides the dataset's own."""
    corrections = [args.corrections] if args.corrections else []
    return [*read_annotations(args).paths, *corrections]


def with_corrections(index: Index, args: Namespace, split: str, cache: FileCache) -> Index:
    """The index with the corrections of photos of `split`, the photos that train; prints how many
    there are.
    """
    index, lines = add_corrections(index, args.corrections, split, cache)
    print("".join(f"{printable(line)}\n" for line in lines), end="")
    return index


def read_annotations(args: Namespace) -> AnnotationSettings:
    """The option `annotations`."""
    return validate(AnnotationSettings, args.annotations, "annotations")
