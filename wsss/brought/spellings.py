"""Cleans tags: drops words for nothing, replaces tags, and joins spellings of one tag."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from wsss.brought.account import Account
from wsss.brought.folder_settings import TagSettings
from wsss.brought.table_names import is_nothing
from wsss.brought.tables import Row


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
            if is_nothing(tag) and tag not in classes:
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


def simple_form(tag: str) -> str:
    """A tag without what spellings of one tag differ in; a sign before it may say that it is not
    there.
    """
    plain = unicodedata.normalize("NFKC", tag).casefold()  # also letters of double width
    return plain[:1] + re.sub(r"[\s_\-]+", "", plain[1:])


def bare_form(tag: str) -> str:
    """A tag without accents, punctuation and a plural s, too; the sign before it stays."""
    letters = unicodedata.normalize("NFKD", simple_form(tag))
    bare = letters[:1] + "".join(filter(str.isalnum, letters[1:]))
    return bare.removesuffix("s") if len(bare) > 3 else bare


def _find_same(rows: Iterable[Row]) -> dict[str, str]:
    """Tag -> the most frequent of its spellings, for all other spellings."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(row.tags)
    best: dict[str, str] = {}
    for tag in sorted(counts, key=lambda tag: (-counts[tag], tag)):
        best.setdefault(simple_form(tag), tag)
    return {tag: best[simple_form(tag)] for tag in counts if best[simple_form(tag)] != tag}
