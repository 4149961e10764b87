"""The index, which is all that a stage knows of a dataset: photos, tags, annotations, digests,
splits.

A label id is 0 for background and 1.. for the classes in the dataset's order; tags are label ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wsss.data.digests import ABSENT, digests_of_photos
from wsss.data.index_files import lines_path, read_head, read_lines, write_lines
from wsss.data.index_format import AllPhotos, Head, Line, Split, unreadable
from wsss.data.photo import KINDS, Photo, Shard, places_of
from wsss.run.errors import UserError, nearest
from wsss.run.files import atomic, write_json

ALL = "*"
"""stands for all photos where digests are asked for"""
WHOLE: Shard = (0, 1)


@dataclass(frozen=True)
class Index:
    """A dataset: class names (background not among them), photos by id, and the ids of each split.

    Of a dataset that was loaded in part, `photos` and `splits` hold what is in `shard`.
    """

    name: str
    classes: tuple[str, ...]
    root: str
    photos: dict[str, Photo]
    splits: dict[str, tuple[str, ...]]
    shard: Shard = WHOLE

    @property
    def labels(self) -> tuple[str, ...]:
        """Names by label id: background first."""
        return ("background", *self.classes)

    def image_path(self, photo: Photo) -> Path:
        """Where the photo is."""
        return Path(self.root) / photo.image

    def annotation_path(self, photo: Photo, kind: str) -> Path | None:
        """Where the annotation of a kind is; None when there is none, or values instead of a file.

        It is relative to `root`; one that begins with "./", to the current folder.
        """
        path = photo.annotations.get(kind)
        if not isinstance(path, str):
            return None
        return Path(path) if path.startswith("./") else Path(self.root) / path

    def mask_path(self, photo: Photo) -> Path:
        """Where the true mask is, or a UserError that says that it is needed and missing."""
        path = self.annotation_path(photo, "mask")
        if path is None or not path.is_file():
            named = f" {photo.mask}" if path else ""
            raise UserError(
                f"photo {photo.id} has no mask{named}; scores and the recipe 'full' need one: "
                "add it or take the id out of the split"
            )
        return path

    def split(self, name: str, shard: Shard | None = None) -> list[Photo]:
        """The photos of a split, in its order; of one shard (k, of n) only, when given.

        UserError where there is no such split, ValueError where more is asked for than is loaded.
        """
        if name not in self.splits:
            raise UserError(
                f"dataset '{self.name}' has no split '{name}'"
                f"{nearest(name, self.splits)}; it has: {', '.join(self.splits)}"
            )
        wanted, loaded = places_of(shard or WHOLE), places_of(self.shard)
        if wanted and not loaded.start <= wanted.start < wanted.stop <= loaded.stop:
            raise ValueError(f"shard {self.shard} is loaded, but {shard or 'all'} is asked for")
        photos = [self.photos[photo_id] for photo_id in self.splits[name]]
        return photos if wanted == loaded else [p for p in photos if p.place in wanted]

    def digests(self, split: str) -> dict[str, str]:
        """The digests of a split's photos, or of all by their ids ("*").

        "photos" is among them, and each kind of annotation that these photos have.
        """
        photos = self._all() if split == ALL else self.split(split)
        return digests_of_photos(photos, self.classes, frozenset(self.splits.get("rest", ())))

    def _all(self) -> list[Photo]:
        return [self.photos[photo_id] for photo_id in sorted(self.photos)]

    def save(self, path: str | Path) -> None:
        """Write the head to `path`, and the photos beside it; ValueError of an index in part."""
        if self.shard != WHOLE:
            raise ValueError("a part of an index cannot be saved as the whole")
        with atomic(lines_path(path)) as lines:  # a disk that is full has neither file
            buckets, digests = write_lines(lines, self.photos.values(), self.splits)
            write_json(path, self._head(buckets, digests).model_dump(mode="json"))

    def _head(self, buckets: tuple[int, ...], digests: tuple[str, ...]) -> Head:
        splits = {}
        for name, ids in self.splits.items():
            splits[name] = Split(photos=len(ids), digests=self.digests(name))
        return Head(
            name=self.name,
            classes=self.classes,
            root=self.root,
            photos=len(self.photos),
            splits=splits,
            all=AllPhotos(digests=self.digests(ALL)),
            buckets=buckets,
            bucket_digests=digests,
        )

    @classmethod
    def load(cls, path: str | Path, shard: Shard | None = None) -> "Index":
        """The index that `save` wrote, or only its shard k of n; or a UserError that names it."""
        head, shard = read_head(path), shard or WHOLE
        photos: dict[str, Photo] = {}
        ids: dict[str, dict[int, str]] = {name: {} for name in head.splits}
        for line in read_lines(path, head, places_of(shard)):
            _check_line(path, head, line, known=line.id in photos)
            photos[line.id] = line.photo()
            for name, position in line.splits.items():
                ids[name][position] = line.id
        if shard == WHOLE:
            _check_counts(path, head, len(photos), ids)
        splits = {}
        for name, found in ids.items():
            splits[name] = tuple(found[position] for position in sorted(found))
        return cls(head.name, head.classes, head.root, photos, splits, shard)


def read_digests(path: str | Path, split: str, kinds: Sequence[str] = ()) -> dict[str, str]:
    """The digest "photos" of a split of the index at `path`, and those of `kinds` of annotations.

    The split "*" is all photos. Of a kind that no photo of the split has the digest is zeros. Only
    the head of the index is read. UserError when there is no such split or kind.
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
    found = dict((head.all if split == ALL else head.splits[split]).digests)
    return {"photos": found["photos"], **{kind: found.get(kind, ABSENT) for kind in kinds}}


def _check_line(path: str | Path, head: Head, line: Line, known: bool) -> None:
    if known:
        raise unreadable(path, f"photo {line.id!r} stands twice in it")
    if any(not 0 < tag <= len(head.classes) for tag in line.tags):
        raise unreadable(path, f"tags of photo {line.id!r} are no classes")
    for name, position in line.splits.items():
        if name not in head.splits or position >= head.splits[name].photos:
            raise unreadable(path, f"photo {line.id!r} is beyond the end of split {name!r}")


def _check_counts(
    path: str | Path, head: Head, photos: int, ids: dict[str, dict[int, str]]
) -> None:
    short = [name for name, found in ids.items() if len(found) != head.splits[name].photos]
    if short:
        raise unreadable(path, f"photos of split {short[0]!r} are missing")
    if photos != head.photos:
        raise unreadable(path, f"it has {photos} photos instead of {head.photos}")
