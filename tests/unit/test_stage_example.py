"""docs/adding-a-stage.md shows what stands in the repository, and explains the whole table."""

import re
from dataclasses import fields

import pytest

from tests.conftest import PROJECT
from wsss.plan.kind import Kind

PAGE = (PROJECT / "docs/adding-a-stage.md").read_text()
FILE = re.compile(r"`((?:wsss|stages|recipes|tests)/[\w/]+\.(?:py|yaml))`")
IN_PART = ("wsss/plan/kinds.py", "tests/unit/test_superpixels.py")
BLOCK = re.compile(r"^```\w+\n(.*?)^```$", re.M | re.S)


def blocks():
    """(file, block): each block of code, and the last file named before it in its section."""
    for section in re.split(r"^(?=\*\*\d\.|## )", PAGE, flags=re.M):
        for found in BLOCK.finditer(section):
            yield FILE.findall(section[: found.start()])[-1], found[1]


@pytest.mark.parametrize(("file", "block"), list(blocks()))
def test_code_block_of_the_page_is_in_its_file(file, block):
    text = (PROJECT / file).read_text()
    assert block in text if file in IN_PART else block == text


def test_page_has_six_steps():
    assert re.findall(r"^\*\*(\d)\.", PAGE, re.M) == list("123456")
    assert len(list(blocks())) == 7


@pytest.mark.parametrize("field", [field.name for field in fields(Kind)])
def test_page_explains_every_field_of_a_kind(field):
    assert re.search(rf"^\| `{field}` \| \w", PAGE, re.M)
