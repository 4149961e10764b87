"""The index: what a dataset is to every stage. Photo ids, paths, tags, optional masks, and splits.

A label id is 0 for background and 1.. for the classes in the dataset's order; tags are label ids. An index is a JSON
file; image paths in it are relative to `root`.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from wsss.data.images import IGNORE, photo_size, read_labels, read_photo
from wsss.run.errors import UserError, nearest
from wsss.run.files import write_json

SAFE_ID = re.compile(r"[\w\-+@]([\w\-+@. ]*[\w\-+@])?")


@dataclass(frozen=True)
class Photo:
    """One photo: its id, its path, its tags (label ids from 1), and the path of its mask where it has one."""

    id: str
    image: str
    tags: tuple[int, ...]
    mask: str | None = None


@dataclass(frozen=True)
class Index:
    """A dataset: class names (background not among them), photos by id, and the ids of each split."""

    name: str
    classes: tuple[str, ...]
    root: str
    photos: dict[str, Photo]
    splits: dict[str, tuple[str, ...]]
    content: str = ""
    """a digest of all photos and masks, so that stages run again when one is replaced"""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names by label id: background first."""
        return ("background", *self.classes)

    def image_path(self, photo: Photo) -> Path:
        return Path(self.root) / photo.image

    def mask_path(self, photo: Photo) -> Path:
        """Where the true mask is, or a UserError that says that it is needed and missing."""
        if photo.mask is None or not (Path(self.root) / photo.mask).is_file():
            raise UserError(f"photo {photo.id} has no mask{f' {photo.mask}' if photo.mask else ''}; scores and the "
                            "recipe 'full' need one: add it or take the id out of the split")
        return Path(self.root) / photo.mask

    def split(self, name: str, shard: tuple[int, int] | None = None) -> list[Photo]:
        """The photos of a split, in its order; of one shard (k, of n) only, when given."""
        if name not in self.splits:
            raise UserError(f"dataset '{self.name}' has no split '{name}'{nearest(name, self.splits)}; "
                            f"it has: {', '.join(self.splits)}")
        ids = self.splits[name]
        if shard is not None:
            ids = tuple(i for i in ids if shard_of(i, shard[1]) == shard[0])
        return [self.photos[i] for i in ids]

    def save(self, path: str | Path) -> None:
        photos = [[p.id, p.image, p.tags, p.mask] for p in self.photos.values()]
        write_json(path, {"name": self.name, "classes": self.classes, "root": self.root, "splits": self.splits,
                          "content": self.content, "photos": photos})

    @classmethod
    def load(cls, path: str | Path) -> "Index":
        """The index that `save` wrote, or a UserError that names the file."""
        try:
            raw = _Raw.model_validate_json(Path(path).read_bytes())
        except (OSError, ValueError) as error:
            raise UserError(f"index {path} cannot be read ({error}); delete it and rerun to make it anew")
        photos = {i: Photo(i, image, tags, mask) for i, image, tags, mask in raw.photos}
        unknown = next((i for ids in raw.splits.values() for i in ids if i not in photos), None)
        wrong = next((p.id for p in photos.values() if any(not 0 < t <= len(raw.classes) for t in p.tags)), None)
        if unknown is not None or wrong is not None:
            what = f"split id {unknown!r} is no photo" if unknown is not None else f"tags of photo {wrong!r} are no classes"
            raise UserError(f"index {path} contradicts itself: {what}; delete it and rerun to make it anew")
        return cls(raw.name, raw.classes, raw.root, photos, raw.splits, raw.content)


class _Raw(BaseModel):
    """What the JSON of an index holds."""

    model_config = ConfigDict(strict=True)

    name: str
    classes: tuple[str, ...]
    root: str
    splits: dict[str, tuple[str, ...]]
    content: str = ""
    photos: list[tuple[str, str, tuple[int, ...], str | None]]


def shard_of(photo_id: str, shards: int) -> int:
    """The shard a photo belongs to: a hash of its id alone, the same on every machine."""
    return int.from_bytes(hashlib.sha256(photo_id.encode()).digest()[:8], "big") % shards


def tune_split(photos: Sequence[Photo], seed: int, share: float = 0.2) -> tuple[str, ...]:
    """A seeded share of `photos`, stratified by each photo's rarest tag: the ids that choices are made on."""
    count = np.bincount([t for p in photos for t in p.tags], minlength=1)
    groups: dict[int, list[str]] = {}
    for p in photos:
        groups.setdefault(min(p.tags, key=lambda t: (count[t], t), default=0), []).append(p.id)
    rng = np.random.default_rng(seed)
    chosen = {i for tag in sorted(groups) for i in rng.permutation(sorted(groups[tag]))[: round(len(groups[tag]) * share)]}
    return tuple(p.id for p in photos if p.id in chosen)


def checked(index: Index) -> Index:
    """The index with the digest of its content, once nothing is to be refused: unsafe ids and paths, empty splits, photos
    that do not decode, masks of another size or with foreign ids; each is named."""
    for name, ids in index.splits.items():
        if not ids and name not in ("tune", "fit", "rest"):
            raise UserError(f"split '{name}' of dataset '{index.name}' is empty; list at least one photo id")
        repeated = next((i for n, i in enumerate(ids) if i in ids[:n]), None) if len(set(ids)) < len(ids) else None
        if repeated is not None:
            raise UserError(f"photo id '{repeated}' stands twice in split '{name}'; keep one line")
    _check_overlap(index)
    for photo in index.photos.values():
        if not SAFE_ID.fullmatch(photo.id) or ".." in photo.id:
            raise UserError(f"photo id '{photo.id}' is not usable as a file name; rename the photo")
        if Path(photo.image).is_absolute() or ".." in Path(photo.image).parts:
            raise UserError(f"photo {photo.id} is at '{photo.image}', outside the dataset's folder {index.root}; move it "
                            "there")
        _check_photo(index, photo)
    files = (path for photo in index.photos.values() for path in _files(index, photo))
    return replace(index, content=digest_of_files(files))


def _files(index: Index, photo: Photo) -> list[Path]:
    paths = [index.image_path(photo), *([Path(index.root) / photo.mask] if photo.mask else [])]
    return [path for path in paths if path.is_file()]


def digest_of_files(paths: Iterable[Path]) -> str:
    """The 16 hex digits that stand for what is in these files, in their order."""
    content = hashlib.sha256()
    for path in paths:
        content.update(hashlib.sha256(path.read_bytes()).digest())
    return content.hexdigest()[:16]


def unusable(index: Index) -> list[str]:
    """What `checked` would say of each photo and mask that it refuses."""
    found = []
    for photo in index.photos.values():
        try:
            _check_photo(index, photo)
        except UserError as error:
            found.append(str(error))
    return found


def _check_overlap(index: Index) -> None:
    held_out = set(index.splits.get("val", ()))
    for name, ids in index.splits.items():
        shared = next((i for i in ids if i in held_out), None) if name not in ("val", "all") else None
        if shared is not None:
            raise UserError(f"photo id '{shared}' is in split '{name}' and in 'val'; a score on photos that trained says "
                            "nothing: take it out of one list")


def _check_photo(index: Index, photo: Photo) -> None:
    read_photo(index.image_path(photo))
    if photo.mask is None or not (Path(index.root) / photo.mask).is_file():
        return
    path = Path(index.root) / photo.mask
    check_labels(index, photo, read_labels(path), f"mask {path}")


def check_labels(index: Index, photo: Photo, labels: np.ndarray, what: str) -> None:
    """Refuse `what`, labels (H, W) of a photo, when they are of another size or hold a label that the dataset has not."""
    size = photo_size(index.image_path(photo))
    if labels.shape != size:
        raise UserError(f"{what} is {labels.shape[1]} x {labels.shape[0]} pixels but its photo is {size[1]} x {size[0]}; "
                        "replace one of them")
    foreign = [int(v) for v in np.unique(labels) if v > len(index.classes) and v != IGNORE]
    if foreign:
        raise UserError(f"{what} holds label {foreign[0]}, but dataset '{index.name}' has classes 1 to "
                        f"{len(index.classes)} (and {IGNORE} for ignore)")
