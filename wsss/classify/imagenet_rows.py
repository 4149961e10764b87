"""Finds the rows of ImageNet's classifier that show a dataset's classes, and tells a head."""

from collections.abc import Mapping, Sequence
from functools import cache

from timm.data.imagenet_info import ImageNetInfo

from wsss.classify.imagenet_names import IMAGENET_NAMES, RUN
from wsss.data.class_names import OTHER_NAMES
from wsss.nets.imagenet_head import ROWS, ImageNetHead
from wsss.run.errors import UserError, nearest

Rows = tuple[int, ...]
"""rows of ImageNet's classifier, 0 to 999, in ascending order"""


def name_rows(
    head: ImageNetHead, classes: Sequence[str], own: Mapping[str, Sequence[str]]
) -> list[str]:
    """Let a head look for the rows of each class, before it learns; returns lines for the log.

    `own` is as in `find_rows`. If the head has no rows, because the trunk has no pretrained
    weights, all classes learn rows of their own where the head allows that; UserError if not.
    """
    if not head.rows.weight.any() and head.may_lack_rows:
        head.set_members([() for _ in classes])
        return [f"the class maps start from random values: {head.lack}"]
    if not head.rows.weight.any():
        raise UserError(
            "head_from: imagenet and classifier: imagenet read ImageNet's classifier, which "
            "random weights do not have; set weights: imagenet, start from a model with it, or set "
            "head_from: random"
        )
    rows = find_rows(classes, own)
    head.set_members(rows)
    return describe_rows(classes, rows)


def find_rows(classes: Sequence[str], own: Mapping[str, Sequence[str]]) -> list[Rows]:
    """For each class the rows that show it; () where ImageNet has no name for it.

    `own` maps classes to names of ImageNet classes, and wins. Then comes the table in
    imagenet_names.py, then the classes of ImageNet that are called so, then those that end in the
    class's name, as "kit fox" does in "fox". Capitals, what joins words and a plural s count
    nowhere but in `own`. UserError for a key of `own` that is no class, for a name that ImageNet
    does not have, and for a run from a later class to an earlier one.
    """
    for name in own:
        if name not in classes:
            raise UserError(
                f"setting imagenet_names has '{name}', which is no class of the dataset"
                f"{nearest(name, classes)}"
            )
    return [_rows_of(name, own) for name in classes]


def describe_rows(classes: Sequence[str], rows: Sequence[Rows]) -> list[str]:
    """Lines that say which ImageNet classes show each class, three of them by name."""
    lines = []
    for name, found in zip(classes, rows):
        shown = ", ".join(first_names()[row] for row in found[:3])
        more = ", ..." if len(found) > 3 else ""
        noun = "ImageNet class" if len(found) == 1 else "ImageNet classes"
        what = f"{len(found)} {noun} ({shown}{more})" if found else "no ImageNet class"
        lines.append(f"{name}: {what}")
    return lines


@cache
def first_names() -> tuple[str, ...]:
    """The first name of each ImageNet class, by row."""
    return tuple(names[0] for names in all_names())


@cache
def all_names() -> tuple[tuple[str, ...], ...]:
    """All names of each ImageNet class, by row."""
    info = ImageNetInfo("imagenet-1k")
    return tuple(tuple(info.index_to_description(row).split(", ")) for row in range(ROWS))


def _rows_of(name: str, own: Mapping[str, Sequence[str]]) -> Rows:
    entry = own.get(name, _table().get(_joined(name)))
    if entry is None:
        return _search(name)
    rows: set[int] = set()
    for given in entry:
        rows.update(_resolve(given, name))
    return tuple(sorted(rows))


@cache
def _table() -> dict[str, tuple[str, ...]]:
    """The table of names, and the other names of its classes, by their joined words."""
    table = {_joined(name): entry for name, entry in IMAGENET_NAMES.items()}
    for other, name in OTHER_NAMES.items():
        table[_joined(other)] = IMAGENET_NAMES[name]
    return table


def _resolve(entry: str, name: str) -> range:
    """The rows of an ImageNet class by its name, or of a run of them."""
    first, _, last = entry.partition(RUN)
    start = _row_called(first, name)
    end = _row_called(last, name) if last else start
    if end < start:
        raise UserError(
            f"imagenet_names.{name} has '{entry}', but in ImageNet's order '{last}' comes first; "
            "exchange the two"
        )
    return range(start, end + 1)


def _row_called(wanted: str, name: str) -> int:
    """The first row with a name, whatever its capitals."""
    for row, names in enumerate(all_names()):
        if wanted.lower() in map(str.lower, names):
            return row
    known = [known for names in all_names() for known in names]
    raise UserError(
        f"imagenet_names.{name} has '{wanted}', which is no class of ImageNet"
        f"{nearest(wanted, known)}; timm's ImageNetInfo lists them"
    )


def _search(name: str) -> Rows:
    """The rows that are called `name`; if there are none, those with a name that ends in it."""
    wanted = _words(name)
    same = [row for row, names in enumerate(all_names()) if wanted in map(_words, names)]
    if same:
        return tuple(same)
    count, ending = len(wanted), []
    for row, names in enumerate(all_names()):
        if any(_words(known)[-count:] == wanted for known in names):
            ending.append(row)
    return tuple(ending)


def _joined(name: str) -> str:
    """The words of a name as one, as VOC writes "diningtable" and "tvmonitor"."""
    return "".join(_words(name))


def _words(name: str) -> list[str]:
    """The words of a name in small letters, whatever joins them, without a plural s."""
    words = name.lower().replace("_", " ").replace("-", " ").split()
    return [word.removesuffix("s") for word in words]
