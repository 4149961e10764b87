"""Says for how many of a dataset's classes `best` can start from ImageNet's own classifier."""

from collections.abc import Sequence

from wsss.classify.imagenet_rows import find_rows

LISTED = 8
"""classes that the line names, at most"""


def hint_at_best(classes: Sequence[str], target: str) -> str | None:
    """One line that names `target`, what to ask Snakemake for, and the classes that ImageNet lacks.

    None where ImageNet has not more than half of the classes.
    """
    lacking = [name for name, rows in zip(classes, find_rows(classes, {})) if not rows]
    known = len(classes) - len(lacking)
    if 2 * known <= len(classes):
        return None
    what = "all classes"
    if lacking:
        more = f" and {len(lacking) - LISTED} more" if len(lacking) > LISTED else ""
        listed = ", ".join(lacking[:LISTED]) + more
        what = f"{known} of the {len(classes)} classes, but not {listed}"
    return f"ImageNet's own classifier knows {what}; the recipe best starts from it: {target}"
