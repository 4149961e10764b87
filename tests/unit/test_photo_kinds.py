"""Photos of any kind: numbers, transparency, turned ones, damaged ones."""

import struct

import numpy as np
import pytest
from PIL import Image

from wsss.data.images import photo_size, read_labels, read_photo
from wsss.run.errors import UserError

GREY = np.linspace(0, 1, 96).reshape(8, 12)
"""the same ramp in every kind of number"""


@pytest.mark.parametrize(
    ("values", "stated"),
    [
        (GREY.astype(np.float32), None),
        ((GREY * 255).astype(np.float32), None),
        ((GREY * 65_535).astype(np.uint16), None),
        ((GREY * 4095).astype(np.uint16), 4095),
        ((GREY * 255).astype(np.int32), None),
        ((GREY * 65_535).astype(np.int32), None),
    ],
    ids=["float 1", "float 255", "16 bits", "12 in 16 bits", "int32 of 8", "int32 of 16"],
)
def test_photos_of_numbers_are_scaled_to_the_same_greys(tmp_path, values, stated):
    tags = {} if stated is None else {"tiffinfo": {281: stated}}
    Image.fromarray(values).save(tmp_path / "a.tif", **tags)
    read = read_photo(tmp_path / "a.tif").astype(int)
    assert np.abs(read - np.floor(GREY * 255)[..., None]).max() <= 1 and read.max() == 255


@pytest.mark.parametrize("least", [-1.0, 256.0, np.nan])
def test_photo_of_numbers_without_a_white_is_refused(tmp_path, least):
    Image.fromarray(np.full((4, 4), least, np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(UserError, match=r"a\.tif holds values from .*save it with 8 or 16 bits"):
        read_photo(tmp_path / "a.tif")


def save_transparent(path, mode):
    """A photo whose left half is transparent over hidden red, and whose right half is green."""
    pixels = np.zeros((6, 8, 4), np.uint8)
    pixels[:, :4, 0], pixels[:, 4:, 1:] = 255, (200, 0, 255)
    image = Image.fromarray(pixels)
    if mode == "P":
        image = image.quantize(4)
    image.save(path)


@pytest.mark.parametrize(("mode", "name"), [("RGBA", "a.png"), ("P", "a.png"), ("RGBA", "a.webp")])
def test_transparent_photo_is_laid_on_white(tmp_path, mode, name):
    save_transparent(tmp_path / name, mode)
    photo = read_photo(tmp_path / name)
    assert (photo[:, :3] == 255).all()
    assert (np.abs(photo[:, 5:].astype(int) - (0, 200, 0)) < 25).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["tif", "jpg", "png", "webp"])
def test_size_from_the_header_is_that_of_the_upright_photo(tmp_path, ending, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{ending}"
    Image.fromarray(np.zeros((8, 12, 3), np.uint8)).save(path, exif=exif)
    assert photo_size(path) == read_photo(path).shape[:2]
    assert photo_size(path) == ((12, 8) if orientation >= 5 else (8, 12))


def make_exif(number, kind, value):
    """EXIF with the orientation 6 and one more tag, whose type and 4 bytes are given."""
    turned = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    other = struct.pack("<HHI4s", number, kind, 3, value)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + turned + other + bytes(4)


@pytest.mark.parametrize("other", [(0x011A, 2, b"72\0\0"), (0x8769, 2, b"xx\0\0")])
def test_photo_with_damaged_exif_is_turned_by_its_orientation(tmp_path, other):
    path = tmp_path / "a.jpg"
    Image.fromarray(np.zeros((8, 12, 3), np.uint8)).save(path, exif=make_exif(*other))
    assert read_photo(path).shape == (12, 8, 3) and photo_size(path) == (12, 8)


def test_exif_that_is_no_exif_turns_nothing(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(np.zeros((8, 12, 3), np.uint8)).save(path, exif=b"Exif\0\0II*\0\xff\xff")
    assert read_photo(path).shape == (8, 12, 3) and photo_size(path) == (8, 12)


def write_bmp(path, width, height):
    """A BMP that claims to be of any size."""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    path.write_bytes(b"BM" + struct.pack("<IHHI", 54 + 48, 0, 0, 54) + header + bytes(48))


def test_photo_or_mask_of_impossible_size_is_refused_in_one_line(tmp_path):
    write_bmp(tmp_path / "a.bmp", 20_000, 20_000)
    write_bmp(tmp_path / "b.bmp", -5, 2**31 - 1)
    for read in (read_photo, read_labels, photo_size):
        for name in ("a.bmp", "b.bmp"):
            with pytest.raises(UserError, match=name):
                read(tmp_path / name)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("ending", ["bmp", "tif", "webp", "png", "jpg"])
def test_damaged_header_is_refused_or_read_but_never_a_traceback(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(np.zeros((8, 12, 3), np.uint8)).save(path)
    whole, refused = path.read_bytes(), 0
    for place in range(min(120, len(whole))):
        path.write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
        try:
            read_photo(path)
        except UserError as error:
            assert "\n" not in str(error) and path.name in str(error)
            refused += 1
    assert 0 < refused < 120


@pytest.mark.parametrize(
    "data", [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"8BPS\0\1"]
)
def test_formats_that_start_other_programs_are_not_opened(tmp_path, data):
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(UserError, match=r"a\.jpg is .*, which is not read"):
        read_photo(tmp_path / "a.jpg")


def test_mask_of_one_bit_holds_background_and_the_first_class(tmp_path):
    Image.fromarray(np.eye(4, dtype=bool)).save(tmp_path / "m.png")
    assert (read_labels(tmp_path / "m.png") == np.eye(4)).all()
