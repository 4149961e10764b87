"""A picture of a format that is not read is named, whatever its file is called."""

import pytest

from wsss.data.images import read_photo
from wsss.run.errors import UserError


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"8BPS\x00\x01" + bytes(20), "a Photoshop file"),
        (b"%PDF-1.4\n", "a PDF"),
        (b"\xff\x0a" + bytes(20), "JPEG XL"),
    ],
)
def test_other_formats_are_named(start, name, tmp_path):
    (tmp_path / "a.jpg").write_bytes(start)
    with pytest.raises(UserError, match=rf"a\.jpg is {name}, which is not read; save it as JPEG"):
        read_photo(tmp_path / "a.jpg")


@pytest.mark.parametrize("start", [b"", b"\xff\xd8\xff\xe0 damaged", b"text"])
def test_damaged_files_are_called_damaged(start, tmp_path):
    (tmp_path / "a.jpg").write_bytes(start)
    with pytest.raises(UserError, match=r"a\.jpg cannot be read"):
        read_photo(tmp_path / "a.jpg")
