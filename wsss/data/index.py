"""The index: the photos of a dataset with their tags, annotations, digests and splits.

Stages read a dataset only through its index. A label id is 0 for background and 1.. for the classes
in the dataset's order; tags are label ids.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wsss.data.digests import ABSENT, digests_of_photos
from wsss.data.index_files import lines_path, read_head, read_lines, write_lines
from wsss.data.index_format import AllPhotos, Head, Line, Split, unreadable
from wsss.data.photo import KINDS, Photo, Shard, places_of
from wsss.run.errors import HIDDEN, UserError, nearest
from wsss.run.files import atomic, write_json

ALL = "*"
"""in place of a split: the digests of all photos"""
RESERVED = ("background", "_background_", "__background__", "__ignore__")
"""names that no class can have (lower case): annotations and exports have them for the background
and for pixels of no known class"""
WHOLE: Shard = (0, 1)
"""shard 0 of 1: all photos"""


@dataclass(frozen=True)
class Index:
    """A dataset, or one shard of it.

    UserError for a class name with characters that forge lines of files or act on a terminal, for
    one of RESERVED, and for one that occurs twice.
    """

    name: str
    classes: tuple[str, ...]
    """class names in the order of their label ids, without background"""
    root: str
    """the folder that holds the photos"""
    photos: dict[str, Photo]
    """id -> photo, for the photos of `shard`"""
    splits: dict[str, tuple[str, ...]]
    """split -> ids in the order of the split, for the photos of `shard`"""
    shard: Shard = WHOLE
    """the shard that is loaded"""

    def __post_init__(self) -> None:
        _check_classes(self.classes)
        for name in (self.name, *self.classes):
            if not name.strip() or HIDDEN.search(name):
                raise UserError(
                    f"the class name {name!r} is empty, or has an end of line or another hidden "
                    "character; rename the class"
                )

    @property
    def labels(self) -> tuple[str, ...]:
        """Background and the class names; the position is the label id."""
        return ("background", *self.classes)

    def image_path(self, photo: Photo) -> Path:
        """The path of the photo."""
        return Path(self.root) / photo.image

    def annotation_path(self, photo: Photo, kind: str) -> Path | None:
        """The path of an annotation; None if the photo has none, or has values instead of a file.

        A path that begins with "./" is relative to the current folder, others to `root`.
        """
        path = photo.annotations.get(kind)
        if not isinstance(path, str):
            return None
        return Path(path) if path.startswith("./") else Path(self.root) / path

    def mask_path(self, photo: Photo) -> Path:
        """The path of the true mask; UserError if there is no such file."""
        path = self.annotation_path(photo, "mask")
        if path is None or not path.is_file():
            name = f" {photo.mask}" if path else ""
            raise UserError(
                f"photo {photo.id} has no mask{name}; scores and the recipe 'full' need one: "
                "add it or take the id out of the split"
            )
        return path

    def split(self, name: str, shard: Shard | None = None) -> list[Photo]:
        """The photos of a split in its order, or only those of `shard` (k, n).

        UserError for an unknown split, ValueError for a shard that is not loaded.
        """
        if name not in self.splits:
            raise UserError(
                f"dataset '{self.name}' has no split '{name}'"
                f"{nearest(name, self.splits)}; it has: {', '.join(self.splits)}"
            )
        wanted, loaded = places_of(shard or WHOLE), places_of(self.shard)
        # a shard without any place (more shards than places) needs nothing loaded
        if wanted and not loaded.start <= wanted.start < wanted.stop <= loaded.stop:
            raise ValueError(f"shard {self.shard} is loaded, but {shard or 'all'} is asked for")
        photos = [self.photos[photo_id] for photo_id in self.splits[name]]
        return photos if wanted == loaded else [p for p in photos if p.place in wanted]

    def ids_with_known_tags(self) -> set[str]:
        """The ids of the photos of train and val whose tags are known.

        A photo of train has a row in the table of tags; one of val without tags may have none.
        """
        known = set(self.splits.get("train", ()))
        for photo_id in self.splits.get("val", ()):
            if self.photos[photo_id].tags:
                known.add(photo_id)
        return known

    def digests(self, split: str) -> dict[str, str]:
        """The digests of a split's photos, or of all photos in the order of their ids ("*").

        The keys are "photos" and each kind of annotation that one of these photos has.
        """
        photos = self._all() if split == ALL else self.split(split)
        return digests_of_photos(photos, self.classes, frozenset(self.splits.get("rest", ())))

    def _all(self) -> list[Photo]:
        return [self.photos[photo_id] for photo_id in sorted(self.photos)]

    def save(self, path: str | Path) -> None:
        """Write the head to `path`, and the photos beside it; ValueError for a single shard."""
        if self.shard != WHOLE:
            raise ValueError("a part of an index cannot be saved as the whole")
        with atomic(lines_path(path)) as lines:  # both files appear, or neither
            buckets, digests = write_lines(lines, self.photos.values(), self.splits)
            write_json(path, self._head(buckets, digests).model_dump(mode="json"))

    def _head(self, buckets: tuple[int, ...], digests: tuple[str, ...]) -> Head:
        """The head of the index, given the limits and digests of the buckets of its lines."""
        splits = {}
        for name, ids in self.splits.items():
            splits[name] = Split(
                photos=len(ids), digests=self.digests(name), largest=self._largest(ids)
            )
        return Head(
            name=self.name,
            classes=self.classes,
            root=self.root,
            photos=len(self.photos),
            splits=splits,
            all=AllPhotos(digests=self.digests(ALL), largest=self._largest(self.photos)),
            buckets=buckets,
            bucket_digests=digests,
        )

    def _largest(self, ids: Iterable[str]) -> int:
        """The number of pixels of the largest of these photos."""
        return max((self.photos[photo_id].pixels for photo_id in ids), default=0)

    @classmethod
    def load(cls, path: str | Path, shard: Shard | None = None) -> "Index":
        """The index at `path`, or only its shard (k, n); UserError if it is damaged."""
        head, shard = read_head(path), shard or WHOLE
        photos: dict[str, Photo] = {}
        ids: dict[str, dict[int, str]] = {name: {} for name in head.splits}
        for line in read_lines(path, head, places_of(shard)):
            _check_line(path, head, line, repeated=line.id in photos)
            photos[line.id] = line.photo()
            for name, position in line.splits.items():
                ids[name][position] = line.id
        if shard == WHOLE:
            _check_counts(path, head, len(photos), ids)
        splits = {}
        for name, at_position in ids.items():
            splits[name] = tuple(at_position[position] for position in sorted(at_position))
        try:
            return cls(head.name, head.classes, head.root, photos, splits, shard)
        except UserError as error:
            raise unreadable(path, str(error))


def _check_classes(names: Sequence[str]) -> None:
    """UserError for a name of RESERVED, and for one that occurs twice."""
    forms = [unicodedata.normalize("NFC", name) for name in names]
    for name, form in zip(names, forms):
        if forms.count(form) > 1:
            raise UserError(
                f"the class name {name!r} occurs twice, perhaps in two Unicode forms that look "
                "alike; rename one class"
            )
        if name.lower() in RESERVED:
            raise UserError(
                f"the class name {name!r} stands for the background or for unknown pixels in "
                "files of annotations; rename the class"
            )


def read_digests(path: str | Path, split: str, kinds: Sequence[str] = ()) -> dict[str, str]:
    """The digests of a split of the index at `path`: "photos" and each of `kinds` of annotation.

    The split "*" is all photos. The digest is ABSENT for a kind that no photo of the split has.
    Only the head of the index is read. UserError for an unknown split or kind.
    """
    head = read_head(path)
    unknown = next((kind for kind in kinds if kind not in KINDS), None)
    if unknown is not None:
        raise UserError(
            f"there is no kind of annotation '{unknown}'{nearest(unknown, KINDS)}; "
            f"index {path} may have: {', '.join(KINDS)}"
        )
    if split != ALL and split not in head.splits:
        raise UserError(
            f"index {path} has no split '{split}'{nearest(split, head.splits)}; "
            f"it has: {', '.join(head.splits)}"
        )
    digests = dict((head.all if split == ALL else head.splits[split]).digests)
    return {"photos": digests["photos"], **{kind: digests.get(kind, ABSENT) for kind in kinds}}


def _check_line(path: str | Path, head: Head, line: Line, repeated: bool) -> None:
    """UserError for a repeated photo, and for tags or positions that the head does not allow."""
    if repeated:
        raise unreadable(path, f"photo {line.id!r} is in it twice")
    if any(not 0 < tag <= len(head.classes) for tag in line.tags):
        raise unreadable(path, f"photo {line.id!r} has a tag that is no class")
    for name, position in line.splits.items():
        if name not in head.splits or position >= head.splits[name].photos:
            raise unreadable(path, f"photo {line.id!r} is beyond the end of split {name!r}")


def _check_counts(
    path: str | Path, head: Head, photos: int, ids: dict[str, dict[int, str]]
) -> None:
    """UserError unless the index, or one of its splits, has as many photos as the head says.

    `ids` is split -> position -> id.
    """
    for name, at_position in ids.items():
        if len(at_position) != head.splits[name].photos:
            raise unreadable(path, f"photos of split {name!r} are missing")
    if photos != head.photos:
        raise unreadable(path, f"it has {photos} photos instead of {head.photos}")
