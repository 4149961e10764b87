"""What all tables of photos share: their rows, and how names in them are cleaned."""

import unicodedata
from dataclasses import dataclass

SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff")
"""endings of photos"""
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u2060\ufeff\u00ad"))
"""characters of no width, which copied texts and joined files hold; they are removed"""


@dataclass(frozen=True)
class Row:
    """A row of a table, for one photo."""

    image: str
    """the photo's name or path in the table"""
    tags: tuple[str, ...]
    """its tags, or its split, or its group"""
    where: str
    """the row's place, such as "labels.csv line 3", for messages"""
    split: str = ""
    """the cell of a column of splits; "" without one"""
    other_name: str = ""
    """another name of the photo, for where `image` fits none"""


def clean(text: str) -> str:
    """A name for comparison: without surrounding spaces and quotes and invisible characters, in
    Unicode form NFC.
    """
    seen = text.translate(INVISIBLE)
    return unicodedata.normalize("NFC", seen.strip().strip("\"'").strip())
