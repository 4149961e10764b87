"""The format of an index on disk: a head (JSON), and a line (JSON) for each photo."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from wsss.data.digests import DIGITS
from wsss.data.photo import KINDS, Annotation, Photo
from wsss.run.errors import UserError

FORMAT: Final = "wsss-index"
VERSION: Final = 3
"""version of the format; raise it when the format changes"""
BUCKETS = 1024
"""number of equal parts of the photos' places (wsss/data/photo.py)"""
AGAIN = (
    "make it again: snakemake does so, by hand python stages/make_index.py "
    "(index_folder.py for photos of your own, index_coco.py for COCO)"
)
"""how to mend an index, for the end of a message"""

Digest = Annotated[str, Field(pattern=f"^[0-9a-f]{{{DIGITS}}}$")]
AnnotationKind = Annotated[str, Field(pattern=f"^({'|'.join(KINDS)})$")]
Digests = dict[Annotated[str, Field(pattern=f"^(photos?|{'|'.join(KINDS)})$")], Digest]
OneForEachBucket = Field(min_length=BUCKETS, max_length=BUCKETS)
OneForEachLimit = Field(min_length=BUCKETS + 1, max_length=BUCKETS + 1)
"""the limits of buckets, one more than buckets"""


class StrictModel(BaseModel):
    """Base of what is read from a file: exactly these keys, with values of exactly these types."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class AllPhotos(StrictModel):
    """The head's entry for all photos together."""

    digests: Digests
    """`photos` and each kind of annotation -> digest"""
    largest: NonNegativeInt
    """pixels of the largest photo, by which jobs ask for memory"""


class Split(AllPhotos):
    """The head's entry for one split."""

    photos: NonNegativeInt
    """number of photos"""


class Head(StrictModel):
    """The head of an index."""

    format: Literal["wsss-index"] = FORMAT
    version: Literal[3] = VERSION
    name: str
    """the dataset's name"""
    classes: tuple[str, ...]
    """class names in the order of their label ids, without background"""
    root: str
    """the folder that holds the photos"""
    photos: NonNegativeInt
    """number of photos"""
    splits: dict[str, Split]
    all: AllPhotos
    buckets: Annotated[tuple[NonNegativeInt, ...], OneForEachLimit]
    """byte offsets in the file of lines: where each bucket begins, and where the last one ends"""
    bucket_digests: Annotated[tuple[Digest, ...], OneForEachBucket]
    """digest of the bytes of each bucket"""


class Line(StrictModel):
    """A photo (the fields of wsss.data.photo.Photo), and its position in each of its splits."""

    id: str
    image: str
    tags: tuple[int, ...]
    annotations: dict[AnnotationKind, Annotation]
    group: str | None
    digests: Digests
    pixels: NonNegativeInt
    splits: dict[str, NonNegativeInt]
    """split -> position"""

    def photo(self) -> Photo:
        """The photo, without its positions."""
        annotations, digests = dict(self.annotations), dict(self.digests)
        return Photo(self.id, self.image, self.tags, annotations, self.group, digests, self.pixels)


def make_line(photo: Photo, positions: dict[str, int]) -> Line:
    """The line of a photo; `positions` is split -> position."""
    return Line(
        id=photo.id,
        image=photo.image,
        tags=photo.tags,
        annotations=dict(photo.annotations),
        group=photo.group,
        digests=dict(photo.digests),
        pixels=photo.pixels,
        splits=positions,
    )


def unreadable(path: str | Path, why: str) -> UserError:
    """The error for a damaged index at `path`; `why` names the damage."""
    return UserError(f"index {path} cannot be read ({why}); {AGAIN}")
