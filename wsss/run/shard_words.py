"""Writes all shards of an artifact as one word of a command line, whose length the system limits.

`labels/train/all-of-4` stands for the four words labels/train/0-of-4 to labels/train/3-of-4.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

SHARD = re.compile(r"(?<=/)\d+-of-(\d+)(?=[.=][^/]*$|$)")
"""k-of-n at the end of a path, before an ending or "=TEXT", if there are such; group 1 is n"""
SHARDS = re.compile(r"(?<=/)all-of-(\d+)(?=[.=][^/]*$|$)")
"""all-of-n at the same position"""


def fold_shards(words: Iterable[str]) -> list[str]:
    """The words, where all shards of an artifact that follow in order are folded into one word."""
    found: list[str] = []
    for word, group in groupby(words, lambda word: SHARD.sub(r"all-of-\1", word)):
        given = list(group)
        found += [word] if len(given) > 1 and given == _shards(word) else given
    return found


def unfold_shards(words: Sequence[str]) -> list[str]:
    """The words, with each folded word replaced by one word for each shard.

    A word that is the name of an existing file is kept.
    """
    unfolded: list[str] = []
    for word in words:
        if SHARDS.search(word) and not Path(word).exists():
            unfolded += _shards(word)
        else:
            unfolded.append(word)
    return unfolded


def _shards(word: str) -> list[str]:
    """The words that a folded word stands for; any other word alone."""
    folded = SHARDS.search(word)
    if folded is None:
        return [word]
    count = int(folded[1])
    return [SHARDS.sub(f"{k}-of-{count}", word) for k in range(count)]
