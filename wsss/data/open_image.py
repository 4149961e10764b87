"""Opens images: only in formats that PIL decodes by itself, and with one line for every damage."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from PIL import Image

from wsss.run.errors import UserError, raise_passing
from wsss.run.files import require_file

FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "JPEG2000", "AVIF", "PPM")
"""the formats that may be opened, whatever a file is called; PIL would start other programs for
some others, such as EPS"""
ORIENTATION = 0x0112
"""EXIF's tag of a photo's orientation"""
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
"""what stands at bytes 8 to 12 of a HEIC file"""
STARTS = {
    b"8BPS": "a Photoshop file",
    b"%PDF": "a PDF",
    b"%!PS": "a PostScript file",
    b"\xff\x0a": "JPEG XL",
    b"\x00\x00\x00\x0cJXL ": "JPEG XL",
    b"FUJIFILM": "a raw photo",
    b"IIU\x00": "a raw photo",
    b"<svg": "SVG",
}
"""the first bytes of a file -> its format, one that is not read"""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""orientation -> what turns the photo upright"""
QUARTER_TURNS = (5, 6, 7, 8)
"""the orientations that exchange height and width"""
DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    struct.error,
    zlib.error,
)
"""what PIL raises for damaged files"""


@contextmanager
def open_image(path: str | Path, what: str, way_out: str) -> Iterator[Image.Image]:
    """The opened image, whose pixels are not read yet.

    UserError for a file that does not decode, also within the `with` block, and for one of more
    pixels than PIL takes for possible. `what` and `way_out` are for its message.
    """
    try:
        with Image.open(require_file(path), formats=_known_formats()) as image:
            yield image
    except Image.DecompressionBombError as error:
        raise UserError(f"{what} {path} is too large ({error}); shrink it")
    except DAMAGE as error:
        other = _other_format(path)
        if other is not None:
            raise UserError(f"{what} {path} is {other}, which is not read; save it as JPEG or PNG")
        raise UserError(f"{what} {path} cannot be read ({error}); {way_out}")


def _other_format(path: str | Path) -> str | None:
    """The format of a file that is whole but of no format that is read; None for any other."""
    try:
        with require_file(path).open("rb") as file:
            start = file.read(12)
    except OSError:
        return None
    if start[4:8] == b"ftyp" and start[8:12] in HEIC_BRANDS:
        return "HEIC"
    return next((name for first, name in STARTS.items() if start.startswith(first)), None)


@cache
def _known_formats() -> tuple[str, ...]:
    """Those of FORMATS that this build of PIL has."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def is_turned(image: Image.Image) -> bool:
    """Whether `image.size` is that of the photo before a quarter turn.

    For TIFF PIL itself gives the size after the turn.
    """
    return image.format != "TIFF" and read_orientation(image) in QUARTER_TURNS


def read_orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where EXIF is missing, damaged or says anything else.

    Only this tag is read: others may be damaged. PIL has turned a TIFF when its pixels are loaded.
    """
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except DAMAGE as error:
        raise_passing(error)
        return 1
    return value if value in TURNS else 1


def turn_upright(image: Image.Image, pixels: Image.Image) -> Image.Image:
    """The `pixels` of a loaded image, turned by its orientation."""
    turn = TURNS.get(read_orientation(image))
    return pixels if turn is None else pixels.transpose(turn)
