"""All shards of an artifact as one word of a command line. The system limits how many characters a
command line has.

`labels/train/all-of-4` stands for labels/train/0-of-4 to 3-of-4, one word each.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

SHARD = re.compile(r"(?<=/)\d+-of-(\d+)(?=[.=][^/]*$|$)")
SHARDS = re.compile(r"(?<=/)all-of-(\d+)(?=[.=][^/]*$|$)")


def fold_shards(words: Iterable[str]) -> list[str]:
    """Words, of which those that stand for all shards in their order are one."""
    found: list[str] = []
    for word, group in groupby(words, lambda word: SHARD.sub(r"all-of-\1", word)):
        given = list(group)
        found += [word] if len(given) > 1 and given == _shards(word) else given
    return found


def unfold_shards(words: Sequence[str]) -> list[str]:
    """Words, in which all shards stand one by one; a file that has such a name is left as it is."""
    unfolded: list[str] = []
    for word in words:
        if SHARDS.search(word) and not Path(word).exists():
            unfolded += _shards(word)
        else:
            unfolded.append(word)
    return unfolded


def _shards(word: str) -> list[str]:
    several = SHARDS.search(word)
    if several is None:
        return [word]
    count = int(several[1])
    return [SHARDS.sub(f"{k}-of-{count}", word) for k in range(count)]
