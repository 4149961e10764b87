"""The options that all scripts have which read a dataset into an index."""

import json
from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.data.annotation_settings import AnnotationSettings
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
        type=json.loads,
        default={},
    )
    stage.option(
        "afresh",
        "ignore the cache, and read all files again",
        affects_result=False,
        action="store_true",
    )


def read_annotations(args: Namespace) -> AnnotationSettings:
    """The option `annotations`."""
    return validate(AnnotationSettings, args.annotations, "annotations")
