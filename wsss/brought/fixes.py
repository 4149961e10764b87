"""Reads the table that a person makes while looking at masks: photos whose tags are fixed, and
photos whose mask is marked as wrong. The report saves it, and it has columns of DATASET_check.csv.

A cell of labels replaces the tags of its photo; an empty one leaves them as they are, and
`background` says that none of the classes is in the photo.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wsss.brought.account import Account
from wsss.brought.folder_settings import FolderSettings
from wsss.brought.folder_tags import Tags
from wsss.brought.match_rows import match_rows
from wsss.brought.photo_finder import PhotoFinder
from wsss.brought.spellings import clean_tags
from wsss.brought.table_cells import CellSplitter
from wsss.brought.table_columns import cell_of
from wsss.brought.table_head import split_table
from wsss.brought.table_lines import Line, read_lines
from wsss.brought.table_names import YES, is_tag_column, plain
from wsss.brought.tables import Row
from wsss.data.index import Index
from wsss.run.errors import UserError

MARK = "wrong"
"""the column of marks; a word for yes, or the column's name, is a mark"""
NO_CLASS = "background"
"""the label of a photo that holds none of the classes"""
WHAT = "rows of the table of fixes"
MARKED = "photos whose mask is marked as wrong; correct them (docs/usage.md#correct-masks)"


@dataclass(frozen=True)
class Fix:
    """A line of the table: its row, which has the new tags, and what it says."""

    row: Row
    fixes_tags: bool
    wrong: bool


def read_fixes(path: Path) -> list[Fix]:
    """The lines of a table of fixes; UserError for one without a header with `image`, and `labels`
    or `wrong`.
    """
    table = split_table(read_lines(path))
    names = table.header or []
    tags = next((n for n, name in enumerate(names) if is_tag_column(name)), None)
    mark = next((n for n, name in enumerate(names) if plain(name) == MARK), None)
    if tags is None and mark is None:
        raise UserError(
            f"table of fixes {path} needs a first line with image, and labels or {MARK}; save it "
            "from the report, or copy such lines of the table ..._check.csv"
        )
    return [_read_fix(path, line, table.image, tags, mark) for line in table.rows]


def _read_fix(path: Path, line: Line, image: int, tags: int | None, mark: int | None) -> Fix:
    """A line of the table, whose columns are given."""
    where = f"{path.name} line {line.number}"
    cell = "" if tags is None else cell_of(line, tags)
    names = [name for name in CellSplitter().split(cell, where) if name.lower() != NO_CLASS]
    marked = "" if mark is None else cell_of(line, mark).lower()
    row = Row(cell_of(line, image), tuple(names), where)
    return Fix(row, bool(cell), marked in (*YES, MARK))


def fix_tags(tags: Tags, settings: FolderSettings, finder: PhotoFinder, account: Account) -> Tags:
    """The tags of all photos after the table of fixes, if the settings name one. The account is
    told how many were fixed, and which masks are marked as wrong.
    """
    if settings.fixes is None:
        return tags
    path = Path(settings.fixes)
    fixes = {fix.row.where: fix for fix in read_fixes(path)}
    rows = clean_tags([fix.row for fix in fixes.values()], settings, account)
    fixed = dict(tags)
    for photo, row in match_rows(rows, finder, account, WHAT):
        fix = fixes[row.where]
        if fix.wrong:
            account.problems[MARKED].append(f"{row.where}: '{row.image}'")
        if fix.fixes_tags:
            fixed[photo] = row.tags
    changed = sum(fixed[photo] != tags.get(photo) for photo in fixed)
    account.notes.append(f"{path.name}: photos whose tags were fixed: {changed}")
    return fixed


def find_marked(path: Path, index: Index) -> set[str]:
    """The ids of the photos of an index whose mask a table of fixes marks as wrong.

    UserError for a marked photo that the index lacks, and for a table without a mark.
    """
    paths = {index.image_path(photo): photo.id for photo in index.photos.values()}
    finder, account = PhotoFinder(Path(index.root), list(paths)), Account()
    marked = [fix.row for fix in read_fixes(path) if fix.wrong]
    found = {paths[photo] for photo, _ in match_rows(marked, finder, account, WHAT)}
    _refuse_first(path, account.problems.values())
    if not found:
        raise UserError(f"table of fixes {path} marks no photo in its column {MARK}; mark some")
    return found


def _refuse_first(path: Path, problems: Iterable[list[str]]) -> None:
    """UserError for a marked row that does not fit exactly one photo."""
    for cases in problems:
        if cases:
            raise UserError(
                f"table of fixes {path} marks what is not exactly one photo of this dataset: "
                f"{cases[0]}; correct the name"
            )
