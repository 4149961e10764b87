"""The tags of a folder of photos, from a table or from subfolders, and the classes that they
name.
"""

from collections import Counter
from pathlib import Path

from wsss.data.account import Account
from wsss.data.folder_settings import FolderSettings, TagSettings
from wsss.data.images import IGNORE
from wsss.data.match_rows import match_rows
from wsss.data.photo_finder import PhotoFinder
from wsss.data.spellings import clean_tags, note_doubtful_tags
from wsss.data.table_names import SPLIT_WORDS
from wsss.data.tables import Row, clean
from wsss.data.tag_tables import read_tags
from wsss.run.errors import UserError

Tags = dict[Path, tuple[str, ...]]
"""photo -> its tags, for each photo that has a row; a row may have no tags"""


def read_tag_rows(
    root: Path, paths: list[Path], settings: FolderSettings, account: Account
) -> list[Row]:
    """The cleaned rows of the table of tags; without a table, a row for every photo in a subfolder.

    The tag of such a photo is the name of its first subfolder below `root`, or of the second where
    all first ones are splits, such as train/cat and val/dog.
    """
    if settings.tags is not None:
        rows = read_tags(Path(settings.tags), settings, account)
    else:
        rows = _rows_of_folders(root, paths, account)
    return clean_tags(rows, settings, account)


def _rows_of_folders(root: Path, paths: list[Path], account: Account) -> list[Row]:
    """A row for every photo in a folder of a class."""
    folders = {path: path.relative_to(root).parts[:-1] for path in paths}
    has_splits = _are_splits(list(folders.values()))
    rows = []
    for path, names in folders.items():
        split, names = (names[0], names[1:]) if has_splits and names else ("", names)
        if names:
            tags = (clean(names[0]),)
            rows.append(Row(path.relative_to(root).as_posix(), tags, "folder", split))
    if not rows:
        raise UserError(
            f"the photos in {root} have no tags: give a table with --tags, or put the photos of "
            "each class into a subfolder of its name"
        )
    if has_splits:
        words = sorted({row.split for row in rows})
        account.notes.append(f"the first folders ({', '.join(words)}) are splits, not tags")
    return rows


def _are_splits(folders: list[tuple[str, ...]]) -> bool:
    """Whether all first folders are words for splits, and some have further folders."""
    first = {names[0].lower() for names in folders if names}
    return first <= set(SPLIT_WORDS) and any(len(names) > 1 for names in folders)


def match_tags(rows: list[Row], finder: PhotoFinder, account: Account) -> Tags:
    """The tags of each photo that a row names; faulty rows go to the account.

    The tags of several rows of one photo are joined. UserError where no photo has a tag.
    """
    tags: Tags = {}
    for path, row in match_rows(rows, finder, account):
        where = f"{row.where}: '{row.image}'"
        if path in tags:
            account.problems["photos with several rows, whose tags are joined"].append(where)
        tags[path] = tuple(dict.fromkeys((*tags.get(path, ()), *row.tags)))
        if not row.tags:
            account.problems["rows without tags, taken as background only"].append(where)
    if not any(tags.values()):
        kind, cases = next(iter(account.problems.items()), ("the table is empty", []))
        first = f"{kind}: {cases[0]}" if cases else kind
        raise UserError(f"no photo has a tag; the first thing that is wrong: {first}")
    return tags


def choose_classes(tags: Tags, settings: TagSettings, account: Account) -> tuple[str, ...]:
    """The class names in the order of their ids: those of the settings, else all tags, sorted."""
    account.classes = _count(tags)
    classes = settings.classes or tuple(sorted(account.classes))
    _check_classes(classes, account)
    note_doubtful_tags(account)
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
