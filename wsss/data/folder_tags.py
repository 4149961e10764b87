"""The tags of a folder of photos, from a table or from subfolders, and the classes that they
name.
"""

import difflib
from collections import Counter
from pathlib import Path

from wsss.data.account import Account
from wsss.data.folder_settings import FolderSettings
from wsss.data.images import IGNORE
from wsss.data.photo_finder import PhotoFinder
from wsss.data.tables import Row, clean, read_tags
from wsss.run.errors import UserError

RARE = 20
"""a tag may be a misspelling of another tag that is more than this many times as frequent"""
ALIKE = 0.65
"""least similarity of a misspelling and its tag, 0..1 (difflib's ratio)"""
Tags = dict[Path, tuple[str, ...]]
"""photo -> its tags, for each photo that has a row; a row may have no tags"""


def read_tag_rows(root: Path, paths: list[Path], settings: FolderSettings) -> list[Row]:
    """The rows of the table of tags; without a table, a row for every photo in a subfolder.

    The tag of such a photo is the name of its first subfolder below `root`.
    """
    if settings.tags is not None:
        return read_tags(Path(settings.tags))
    rows = []
    for path in paths:
        below = path.relative_to(root)
        if len(below.parts) > 1:
            rows.append(Row(below.as_posix(), (clean(below.parts[0]),), "folder"))
    if not rows:
        raise UserError(
            f"the photos in {root} have no tags: give a table with --labels, or put the photos of "
            "each class into a subfolder of its name"
        )
    return rows


def match_tags(rows: list[Row], finder: PhotoFinder, account: Account) -> Tags:
    """The tags of each photo that a row names; faulty rows go to the account.

    The tags of several rows of one photo are joined. UserError where no photo has a tag.
    """
    tags: Tags = {}
    for row in rows:
        where = f"{row.where}: '{row.image}'"
        paths = finder.find(row.image)
        if len(paths) != 1:
            kind = "rows that several photos fit" if paths else "rows without a photo"
            account.problems[kind].append(where)
            continue
        path = paths[0]
        if path in tags:
            account.problems["photos with several rows, whose tags are joined"].append(where)
        tags[path] = tuple(dict.fromkeys((*tags.get(path, ()), *row.tags)))
        if not tags[path]:
            account.problems["rows without tags, taken as background only"].append(where)
    if not any(tags.values()):
        wrong = next(iter(account.problems.values()), ["the table is empty"])[0]
        raise UserError(f"no photo has a tag; the first thing that is wrong: {wrong}")
    return tags


def choose_classes(tags: Tags, settings: FolderSettings, account: Account) -> tuple[str, ...]:
    """The class names in the order of their ids: those of the settings, else all tags, sorted."""
    account.classes = _count(tags)
    classes = settings.classes or tuple(sorted(account.classes))
    _check_classes(classes, account)
    _find_misspelt(account)
    return classes


def _count(tags: Tags) -> Counter[str]:
    """How many photos have each tag."""
    counts: Counter[str] = Counter()
    for row in tags.values():
        counts.update(row)
    return counts


def _check_classes(classes: tuple[str, ...], account: Account) -> None:
    """UserError for a tag that is no class, for a class `background`, or for too many classes."""
    for tag in account.classes:
        if tag not in classes:
            raise UserError(
                f"the tag '{tag}' is not among the classes; add it to folder.classes, or mend the "
                "table"
            )
    what = f"{len(classes)} classes"
    if "background" in classes:
        what = "'background', which every photo has by itself"
    elif len(classes) < IGNORE:
        return
    raise UserError(
        f"the tags name {what}; 1 to {IGNORE - 1} classes besides the background are possible, "
        f"in label maps of 8 bits: are these the tags? {', '.join(list(classes)[:5])} ..."
    )


def _find_misspelt(account: Account) -> None:
    """Report rare tags that look like a frequent one, the rarest first."""
    counts = account.classes
    for name in sorted(counts, key=counts.__getitem__):
        close = difflib.get_close_matches(name.lower(), _more_frequent(name, counts), 1, ALIKE)
        if close:
            account.problems["tags that look like another one"].append(
                f"'{name}' ({counts[name]}) and '{close[0]}'"
            )


def _more_frequent(name: str, counts: Counter[str]) -> list[str]:
    """The tags, in lower case, that are so frequent that `name` may be a misspelling of one.

    Of a tag that a single photo has these are all tags with more photos.
    """
    count, frequent = counts[name], []
    for other, other_count in counts.items():
        if other_count > count and (count == 1 or other_count > RARE * count):
            frequent.append(other.lower())
    return frequent
