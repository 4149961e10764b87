"""The lists of photos in the setting `lists`: parts of val with a score of their own."""

from collections.abc import Collection, Iterable
from pathlib import Path

from wsss.plan.datasets.base import Dataset
from wsss.plan.steps import HELD_OUT
from wsss.run.errors import UserError, nearest

SPLITS = ("train", "trainaug", "val", "tune", "fit", "rest", "all")
"""the splits that predictions may be scored on"""


def check_names(lists: Iterable[str], steps: Collection[str]) -> None:
    """Refuse a list with the name of a split or of one of the `steps` of recipes: a file in
    results/RECIPE/ could then be of either.
    """
    for name in lists:
        taken = "a split" if name in (*SPLITS, HELD_OUT) else "a step" if name in steps else ""
        if taken:
            raise UserError(
                f"setting 'lists' names '{name}', which is the name of {taken}; take another name"
            )


def list_path(dataset: Dataset, name: str) -> str:
    """The file of a list. A UserError names a list or a file that does not exist."""
    lists = dataset.config.lists
    if name not in lists:
        raise UserError(
            f"setting 'lists' has no list '{name}'{nearest(name, lists)}; write in it: {name}: FILE"
        )
    path = Path("" if dataset.made_here else dataset.root, lists[name])
    if not path.is_file():
        raise UserError(
            f"setting 'lists.{name}' is '{lists[name]}', but there is no file {path}; correct the "
            "path, or write the file with one photo id on each line"
        )
    return str(path)
