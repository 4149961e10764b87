"""The tags of a folder of photos, from a table or from subfolders, and the classes that they
name.
"""

from collections import Counter
from pathlib import Path

from wsss.brought.account import Account
from wsss.brought.doubtful_tags import note_doubtful_tags
from wsss.brought.folder_classes import rows_of_folders
from wsss.brought.folder_settings import FolderSettings, TagSettings
from wsss.brought.match_rows import match_rows
from wsss.brought.photo_finder import PhotoFinder
from wsss.brought.spellings import clean_tags
from wsss.brought.tables import Row
from wsss.brought.tag_tables import read_tags
from wsss.data.images import IGNORE
from wsss.run.errors import UserError, nearest

Tags = dict[Path, tuple[str, ...]]
"""photo -> its tags, for each photo that has a row; a row may have no tags"""
A_TABLE = "a table has a line for each photo: its name, and its tags, with a comma between them"
"""for messages"""
UNUSED = "tags that --rename replaces, but that no row has"
"""kind of problem"""


def read_tag_rows(
    root: Path, paths: list[Path], settings: FolderSettings, account: Account
) -> list[Row]:
    """The cleaned rows of the table of tags; without a table, a row for every photo in a subfolder.

    The tag of such a photo is the name of its first subfolder (folder_classes.py).
    """
    if settings.tags is not None:
        rows = read_tags(Path(settings.tags), settings, account)
        if not rows:
            raise UserError(f"table {settings.tags} has no row; {A_TABLE}")
    else:
        rows = rows_of_folders(root, paths, account)
    named = {tag for row in rows for tag in row.tags}
    account.problems[UNUSED] = [f"'{tag}'" for tag in settings.rename if tag not in named]
    return clean_tags(rows, settings, account)


def match_tags(rows: list[Row], finder: PhotoFinder, account: Account) -> Tags:
    """The tags of each photo that a row names; faulty rows go to the account.

    The tags of several rows of one photo are joined. UserError where no photo has a tag.
    """
    tags: Tags = {}
    first_row: dict[Path, str] = {}
    for path, row in match_rows(rows, finder, account):
        where = f"{row.where}: '{row.image}'"
        if path in tags:
            account.problems["photos with several rows, whose tags are joined"].append(where)
        tags[path] = tuple(dict.fromkeys((*tags.get(path, ()), *row.tags)))
        first_row.setdefault(path, where)
    empty = [where for path, where in first_row.items() if not tags[path]]
    account.problems["rows without tags, taken as background only"] += empty
    if len(empty) == len(tags):
        told = [f"{kind}: {cases[0]}" for kind, cases in account.problems.items() if cases]
        raise UserError(f"no photo has a tag; the first thing that is wrong: {told[0]}; {A_TABLE}")
    return tags


def choose_classes(tags: Tags, settings: TagSettings, account: Account) -> tuple[str, ...]:
    """The class names in the order of their ids: those of the settings, else all tags, sorted."""
    account.classes = _count(tags)
    classes = settings.classes or tuple(sorted(account.classes))
    _check_classes(classes, account)
    note_doubtful_tags(account, settings.classes or ())
    return classes


def _count(tags: Tags) -> Counter[str]:
    """How many photos have each tag."""
    counts: Counter[str] = Counter()
    for row in tags.values():
        counts.update(row)
    return counts


def _check_classes(classes: tuple[str, ...], account: Account) -> None:
    """UserError for a tag that is no class, for a class that is stated twice or is `background`, or
    for too many classes.
    """
    for tag in account.classes:
        if tag not in classes:
            raise UserError(
                f"the tag '{tag}' is not among the classes{nearest(tag, classes)}; add it to "
                "folder.classes, or mend the table, or replace it: --rename \"{'TAG': CLASS}\""
            )
    twice = next((name for name, count in Counter(classes).items() if count > 1), None)
    if twice is not None:
        raise UserError(f"folder.classes names '{twice}' twice; keep one")
    what = f"{len(classes)} classes"
    if "background" in classes:
        what = "'background', which every photo has by itself"
    elif len(classes) < IGNORE:
        return
    raise UserError(
        f"the tags name {what}; 1 to {IGNORE - 1} classes besides the background are possible, "
        f"in label maps of 8 bits: are these the tags? {', '.join(list(classes)[:5])} ..."
    )
