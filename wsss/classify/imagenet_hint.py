"""Says which of a dataset's classes the recipe `default` starts from ImageNet's own classifier."""

from collections.abc import Sequence

from wsss.classify.imagenet_rows import find_rows

LISTED = 8
"""classes that the line names, at most"""
OTHER_LOOK = (
    "where your photos look very different (drawings, from above), add --config "
    "'classifier={head_from: random}'"
)


def hint_at_imagenet(classes: Sequence[str]) -> str | None:
    """One line that counts the classes that ImageNet knows, and names those that it lacks; None
    where it knows none.
    """
    lacking = [name for name, rows in zip(classes, find_rows(classes, {})) if not rows]
    if len(lacking) == len(classes):
        return None
    what = "all classes"
    if lacking:
        more = f" and {len(lacking) - LISTED} more" if len(lacking) > LISTED else ""
        listed = ", ".join(lacking[:LISTED]) + more
        what = f"{len(classes) - len(lacking)} of the {len(classes)} classes, but not {listed}"
    return f"class maps start from ImageNet's own classifier, which knows {what}; {OTHER_LOOK}"
