"""Lists tags that look wrong: misspelt ones, several in one, numbers, words for nothing."""

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from wsss.brought.account import Account
from wsss.brought.spellings import bare_form, simple_form
from wsss.brought.table_names import may_be_nothing

RARE = 3
"""a tag may be a misspelling of another tag that is more than this many times as frequent"""
ALIKE = 0.65
"""least similarity of a misspelling and its tag, 0..1 (difflib's ratio)"""
SEVERAL = re.compile(r"[\s/#&+\\:]+")
"""what may separate several tags, but is also a part of names"""
BETWEEN_WORDS = re.compile(r"[\W_]+")
"""whatever may be between the words of a tag"""
JOINING = ("and", "und", "et", "y", "e")
"""words (lower case) between two tags"""
NUMBER_TAG = re.compile(r"[-+\d.,\s\[\]]*\d[-+\d.,\s\[\]]*")
"""a number, or several"""
NUMBERED = re.compile(r"\s*[:=(]\s*\d+\)?$")
"""a number behind a tag, as in `cat:3`"""
ABSENT = re.compile(
    r"(?:[-!~]\s*|(?:no|not|non|without|kein|keine|ohne)[\s_-]+)(.+)", re.IGNORECASE
)
"""a tag behind a sign or word that says that it is not there"""
BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))
SEVERAL_TAGS = "tags that look like several (--separator splits them)"
NUMBERS = "tags that are numbers (is this the column of tags? --tag-columns names it)"
COUNTS = "tags that differ only in a number, each of which is a class (are they counts?)"
PERHAPS_NONE = (
    "tags that may mean that there is none (--rename '{unknown: none}' makes background of one)"
)
TORN = "tags with brackets that are not closed (was a list or a name cut? --separator decides)"
ALMOST_SAME = "tags that differ only in accents, a plural s or punctuation (--rename replaces one)"
NEGATIVE = (
    "tags that look like the absence of another one (--rename '{no cat: none}' leaves one out)"
)
"""kinds of problems"""


def note_doubtful_tags(account: Account, classes: Sequence[str] = ()) -> None:
    """Enter tags that look misspelt, that differ only in case, that are several, numbers, or words
    for nothing, but for those that are among the stated `classes`.
    """
    counts = account.classes
    _note_same(account, counts)
    _note_almost_same(account, counts)
    _note_misspelt(account, counts)
    parts = {tag: _parts(tag) for tag in sorted(counts)}
    recombined = _find_recombined(parts)
    numbered = Counter(_without_number(tag) for tag in counts)
    for tag in parts:
        absent = ABSENT.fullmatch(tag)
        if NUMBER_TAG.fullmatch(tag):
            _enter(account, NUMBERS, tag)
        elif may_be_nothing(tag) and tag not in classes:
            _enter(account, PERHAPS_NONE, tag)
        elif absent and absent[1] in counts:
            _enter(account, NEGATIVE, tag)
        elif numbered[_without_number(tag)] > 1:
            _enter(account, COUNTS, tag)
        elif any(tag.count(opened) != tag.count(closed) for opened, closed in BRACKETS):
            _enter(account, TORN, tag)
        elif tag in recombined or _is_joined(tag, counts):
            _enter(account, SEVERAL_TAGS, tag)


def _parts(tag: str) -> list[str]:
    """The parts of a tag that may be several tags."""
    return [part for part in SEVERAL.split(tag) if part]


def _is_joined(tag: str, counts: Mapping[str, int]) -> bool:
    """Whether a tag is made of other tags, whatever is between them."""
    words = [word for word in BETWEEN_WORDS.split(tag) if word and word.lower() not in JOINING]
    return len(words) > 1 and all(word in counts for word in words)


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
        spellings[simple_form(tag)].append(f"'{tag}' ({counts[tag]})")
    for found in spellings.values():
        if len(found) > 1:
            kind = "tags that differ only in case, spaces, _ or - (--join-spellings true joins)"
            account.problems[kind].append(" and ".join(found))


def _note_almost_same(account: Account, counts: Counter[str]) -> None:
    """Enter tags that differ in little more than spellings of one tag do."""
    alike: dict[str, list[str]] = defaultdict(list)
    for tag in sorted(counts):
        alike[bare_form(tag)].append(tag)
    for tags in alike.values():
        if len(set(map(simple_form, tags))) > 1:
            named = " and ".join(f"'{tag}' ({counts[tag]})" for tag in tags)
            account.problems[ALMOST_SAME].append(named)


def _note_misspelt(account: Account, counts: Counter[str]) -> None:
    """Enter rare tags that look like a frequent one, the rarest first."""
    for name in sorted(counts, key=counts.__getitem__):
        frequent = _more_frequent(name, counts)
        close = difflib.get_close_matches(name.lower(), frequent, 1, ALIKE)
        if close:
            other = frequent[close[0]]
            account.problems["tags that look like another one (--rename replaces one)"].append(
                f"'{name}' ({counts[name]}) and '{other}' ({counts[other]})"
            )


def _more_frequent(name: str, counts: Counter[str]) -> dict[str, str]:
    """In lower case -> the tags that are so frequent that `name` may be a misspelling of one.

    Of a tag that a single photo has these are all tags with more photos.
    """
    count, frequent = counts[name], dict[str, str]()
    for other, other_count in counts.items():
        if bare_form(other) == bare_form(name):
            continue
        if other_count > count and (count == 1 or other_count > RARE * count):
            frequent[other.lower()] = other
    return frequent
