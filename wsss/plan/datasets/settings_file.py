"""Finds the file of settings of a dataset, as new_dataset.py writes it, for errors that name it."""

from pathlib import Path

from wsss.run.files import require_file
from wsss.run.yaml_files import parse_yaml


def find_settings(dataset: str) -> Path | None:
    """The first file in the current folder that chooses a dataset; None where none does."""
    for path in sorted(Path().glob("*.yaml")):
        try:
            values = parse_yaml(require_file(path).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(values, dict) and values.get("dataset") == dataset:
            return path
    return None
