"""Numbers with their nouns."""

import pytest

from wsss.run.counted import counted


@pytest.mark.parametrize(
    ("number", "words", "text"),
    [
        (1, ["photo"], "1 photo"),
        (0, ["photo"], "0 photos"),
        (2, ["photo"], "2 photos"),
        (1, ["class", "classes"], "1 class"),
        (3, ["class", "classes"], "3 classes"),
    ],
)
def test_nouns_are_plural_but_after_one(number, words, text):
    assert counted(number, *words) == text
