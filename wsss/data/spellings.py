"""Cleans tags: words for nothing, spellings of one tag; and lists tags that look wrong."""

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from wsss.data.account import Account
from wsss.data.folder_settings import TagSettings
from wsss.data.table_names import NOTHING, is_number
from wsss.data.tables import Row

RARE = 3
"""a tag may be a misspelling of another tag that is more than this many times as frequent"""
ALIKE = 0.65
"""least similarity of a misspelling and its tag, 0..1 (difflib's ratio)"""
SEVERAL = re.compile(r"[\s/#&+\\:]+")
"""what may separate several tags, but is also a part of names"""
NUMBERED = re.compile(r"\s*[:=(]\s*\d+\)?$")
"""a number behind a tag, as in `cat:3`"""
ABSENT = re.compile(
    r"(?:[-!~]\s*|(?:no|not|non|without|kein|keine|ohne)[\s_-]+)(.+)", re.IGNORECASE
)
"""a tag behind a sign or word that says that it is not there"""
SEVERAL_TAGS = "tags that look like several (--separator splits them)"
NUMBERS = "tags that are numbers (is this the column of tags? --tag-columns names it)"
COUNTS = "tags that differ only in a number, each of which is a class (are they counts?)"
NEGATIVE = (
    "tags that look like the absence of another one (--rename '{no cat: none}' leaves one out)"
)
"""kinds of problems"""


def clean_tags(rows: Sequence[Row], settings: TagSettings, account: Account) -> list[Row]:
    """The rows without words for nothing, and with the spellings that the settings join.

    A word for nothing that is one of `settings.classes` stays. A tag that is renamed to such a word
    is dropped.
    """
    rows = _replace(rows, settings.rename)
    rows = _drop_nothing(rows, set(settings.classes or ()), account)
    if settings.join_spellings:
        joined = _find_same(rows)
        rows = _replace(rows, joined)
        if joined:
            pairs = ", ".join(f"'{tag}' is '{other}'" for tag, other in sorted(joined.items()))
            account.notes.append(f"spellings that were joined: {pairs}")
    return list(rows)


def _drop_nothing(rows: Sequence[Row], classes: set[str], account: Account) -> list[Row]:
    """The rows without words for nothing."""
    kept = []
    for row in rows:
        tags = []
        for tag in row.tags:
            if tag.lower() in NOTHING and tag not in classes:
                kind = "words that mean no tag (add one to folder.classes if it is a class)"
                account.problems[kind].append(f"{row.where}: '{tag}'")
            else:
                tags.append(tag)
        kept.append(replace(row, tags=tuple(tags)))
    return kept


def _replace(rows: Sequence[Row], names: Mapping[str, str]) -> list[Row]:
    """The rows with tags replaced; of a tag that then stands twice one stays."""
    replaced = []
    for row in rows:
        tags = dict.fromkeys(names.get(tag, tag) for tag in row.tags)
        replaced.append(replace(row, tags=tuple(tags)))
    return replaced


def _simple(tag: str) -> str:
    """A tag without what spellings of one tag differ in; a sign before it may say that it is not
    there.
    """
    return tag[:1].lower() + re.sub(r"[\s_\-]+", "", tag[1:]).lower()


def _find_same(rows: Iterable[Row]) -> dict[str, str]:
    """Tag -> the most frequent of its spellings, for all other spellings."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(row.tags)
    best: dict[str, str] = {}
    for tag in sorted(counts, key=lambda tag: (-counts[tag], tag)):
        best.setdefault(_simple(tag), tag)
    return {tag: best[_simple(tag)] for tag in counts if best[_simple(tag)] != tag}


def note_doubtful_tags(account: Account) -> None:
    """Enter tags that look misspelt, that differ only in case, that are several, or numbers."""
    counts = account.classes
    _note_same(account, counts)
    _note_misspelt(account, counts)
    parts = {tag: _parts(tag) for tag in sorted(counts)}
    recombined = _find_recombined(parts)
    numbered = Counter(_without_number(tag) for tag in counts)
    for tag, of_tag in parts.items():
        absent = ABSENT.fullmatch(tag)
        if is_number(tag):
            _enter(account, NUMBERS, tag)
        elif absent and absent[1] in counts:
            _enter(account, NEGATIVE, tag)
        elif numbered[_without_number(tag)] > 1:
            _enter(account, COUNTS, tag)
        elif tag in recombined or (len(of_tag) > 1 and all(part in counts for part in of_tag)):
            _enter(account, SEVERAL_TAGS, tag)


def _parts(tag: str) -> list[str]:
    """The parts of a tag that may be several tags."""
    return [part for part in SEVERAL.split(tag) if part]


def _find_recombined(parts: Mapping[str, list[str]]) -> set[str]:
    """The tags all of whose parts are in other tags, too, where these tags are more than their
    parts; names of two words are not so many.
    """
    uses = Counter(part for of_tag in parts.values() for part in set(of_tag))
    found = {tag for tag, own in parts.items() if len(own) > 1 and all(uses[p] > 1 for p in own)}
    words = {part for tag in found for part in parts[tag]}
    return found if len(found) > len(words) else set()


def _without_number(tag: str) -> str:
    """A tag without a number behind it, such as `cat` of `cat:3`."""
    return NUMBERED.sub("", tag)


def _enter(account: Account, kind: str, tag: str) -> None:
    account.problems[kind].append(f"'{tag}' ({account.classes[tag]})")


def _note_same(account: Account, counts: Counter[str]) -> None:
    """Enter the spellings of one tag."""
    spellings: dict[str, list[str]] = defaultdict(list)
    for tag in sorted(counts):
        spellings[_simple(tag)].append(f"'{tag}' ({counts[tag]})")
    for found in spellings.values():
        if len(found) > 1:
            kind = "tags that differ only in case, spaces, _ or - (--join-spellings true joins)"
            account.problems[kind].append(" and ".join(found))


def _note_misspelt(account: Account, counts: Counter[str]) -> None:
    """Enter rare tags that look like a frequent one, the rarest first."""
    for name in sorted(counts, key=counts.__getitem__):
        close = difflib.get_close_matches(name.lower(), _more_frequent(name, counts), 1, ALIKE)
        if close:
            account.problems["tags that look like another one (--rename replaces one)"].append(
                f"'{name}' ({counts[name]}) and '{close[0]}'"
            )


def _more_frequent(name: str, counts: Counter[str]) -> list[str]:
    """The tags, in lower case, that are so frequent that `name` may be a misspelling of one.

    Of a tag that a single photo has these are all tags with more photos.
    """
    count, frequent = counts[name], []
    for other, other_count in counts.items():
        if _simple(other) == _simple(name):
            continue
        if other_count > count and (count == 1 or other_count > RARE * count):
            frequent.append(other.lower())
    return frequent
