"""The format of an index: a head, and a line for each photo."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

from wsss.data.digests import DIGITS
from wsss.data.photo import KINDS, Annotation, Photo
from wsss.run.errors import UserError

FORMAT: Final = "wsss-index"
VERSION: Final = 2
BUCKETS = 1024
AGAIN = (
    "make it again: snakemake does so, by hand python stages/make_index.py "
    "(index_folder.py for photos of your own)"
)

Digest = Annotated[str, Field(pattern=f"^[0-9a-f]{{{DIGITS}}}$")]
Kind = Annotated[str, Field(pattern=f"^({'|'.join(KINDS)})$")]
Digests = dict[Annotated[str, Field(pattern=f"^(photos?|{'|'.join(KINDS)})$")], Digest]
OneEach = Field(min_length=BUCKETS, max_length=BUCKETS)
OneMore = Field(min_length=BUCKETS + 1, max_length=BUCKETS + 1)


class StrictModel(BaseModel):
    """What is read of a file holds these keys, of these types, and no others."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class AllPhotos(StrictModel):
    """What is known of all photos together."""

    digests: Digests


class Split(AllPhotos):
    """What is known of a split: how many photos it has, and their digests."""

    photos: NonNegativeInt


class Head(StrictModel):
    """The head of an index.

    `buckets` are the bytes where the lines of each bucket begin, and where those of the last end.
    """

    format: Literal["wsss-index"] = FORMAT
    version: Literal[2] = VERSION
    name: str
    classes: tuple[str, ...]
    root: str
    photos: NonNegativeInt
    splits: dict[str, Split]
    all: AllPhotos
    buckets: Annotated[tuple[NonNegativeInt, ...], OneMore]
    bucket_digests: Annotated[tuple[Digest, ...], OneEach]


class Line(StrictModel):
    """A photo, and its position in each of its splits."""

    id: str
    image: str
    tags: tuple[int, ...]
    annotations: dict[Kind, Annotation]
    group: str | None
    digests: Digests
    splits: dict[str, NonNegativeInt]

    def photo(self) -> Photo:
        """The photo alone."""
        annotations, digests = dict(self.annotations), dict(self.digests)
        return Photo(self.id, self.image, self.tags, annotations, self.group, digests)


def line_of(photo: Photo, positions: dict[str, int]) -> Line:
    """The line of a photo that stands at `positions` of splits."""
    return Line(
        id=photo.id,
        image=photo.image,
        tags=photo.tags,
        annotations=dict(photo.annotations),
        group=photo.group,
        digests=dict(photo.digests),
        splits=positions,
    )


def unreadable(path: str | Path, why: str) -> UserError:
    """The error of an index that is damaged."""
    return UserError(f"index {path} cannot be read ({why}); {AGAIN}")
