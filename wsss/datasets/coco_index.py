"""Reads COCO, or a dataset in its layout, into an index.

The JSON is read item by item. What stays in memory is one entry for each photo; the shapes of the
objects go to files by shard (coco_objects.py), from which masks are drawn later. So the index names
masks that may not exist yet, with a digest of what they are drawn from.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from wsss.brought.account import Account
from wsss.brought.photo_ids import make_photo_ids
from wsss.brought.tables import SUFFIXES
from wsss.data.class_names import DATASET_CLASSES, find_labels
from wsss.data.file_cache import FileCache
from wsss.data.index import Index
from wsss.data.photo import Photo, shard_of
from wsss.data.splits import sample_split
from wsss.data.walk import files_below
from wsss.datasets.coco_annotations import enter_annotations
from wsss.datasets.coco_faults import check_faults, leave_out_unusable
from wsss.datasets.coco_file import CocoFile, read_coco_file
from wsss.datasets.coco_layout import SPLITS, CocoFolder
from wsss.datasets.coco_objects import ObjectWriter
from wsss.datasets.coco_settings import CocoSettings
from wsss.datasets.coco_similar import leave_out_similar
from wsss.datasets.coco_tables import ListedPhoto
from wsss.run.errors import UserError

Listed = Mapping[str, ListedPhoto]
"""image id -> photo"""


@dataclass(frozen=True)
class Drawing:
    """Where the masks of an index will be."""

    masks: str
    """the folder, relative to the current one; the index names masks in it"""
    shards: int
    """number of shards of each split; a job draws one"""
    objects: Path | None = None
    """the folder that the objects of each shard are written to; None writes none"""

    def mask(self, split: str, photo_id: str) -> str:
        """The path of a mask, as the index has it."""
        k = shard_of(photo_id, self.shards)
        return f"./{self.masks}/{split}/{k}-of-{self.shards}/{photo_id}.png"


def read_coco(
    name: str,
    root: Path,
    settings: CocoSettings,
    drawing: Drawing,
    cache: FileCache | None = None,
    classes: tuple[str, ...] | None = None,
) -> tuple[Index, Account]:
    """The index of COCO, and the account of counts and problems.

    Splits are train, val, and tune and fit of train as for VOC. Label ids are 1.. in the order of
    the categories' ids; with `classes`, or else `settings.classes`, they are another dataset's, and
    objects of other categories are background. Tags are those of all annotations, crowds included
    (docs/methods.md#data). Digests of masks are set, those of photos are not. Faulty photos and
    annotations are left out if the settings say so; else a UserError counts them.
    """
    folder, cache = CocoFolder.find(root, settings.year), cache or FileCache(root)
    _check_parts(folder)
    reader = _Reader(folder, drawing, classes or DATASET_CLASSES.get(settings.classes))
    found = {split: reader.read_split(split) for split in SPLITS}
    account, leave_out = reader.account, settings.leave_out_faulty
    check_faults(account, folder, leave_out)  # before the photos are read, which takes minutes
    for split, photos in found.items():
        found[split] = leave_out_unusable(root, photos, reader.sizes, account, cache)
    check_faults(account, folder, leave_out)
    if settings.without is not None:
        others = Path(settings.without)
        found["train"] = leave_out_similar(root, found["train"], others, account, cache)
    by_id = {photo.id: photo for photo in chain(*found.values())}
    index = Index(name, reader.classes, str(root), by_id, _make_splits(found))
    _sum_up(account, index)
    return index, account


def _check_parts(folder: CocoFolder) -> None:
    """UserError if a file of annotations or a folder of photos is missing: the first JSON alone may
    take minutes.
    """
    for split in SPLITS:
        for path in (folder.annotations(split), folder.photos(split)):
            if not path.exists():
                raise UserError(f"{path} is missing; unpack COCO's annotations and photos there")


class _Reader:
    """Reads the annotations of COCO; `account` gets what is faulty."""

    def __init__(
        self, folder: CocoFolder, drawing: Drawing, classes: tuple[str, ...] | None
    ) -> None:
        self._folder, self._drawing = folder, drawing
        self._names: dict[str, str] | None = None
        self.classes = classes or ()
        """the classes of the index; those of the JSON once train was read, if none were given"""
        self.account = Account()
        self.sizes: dict[str, tuple[int, int]] = {}
        """photo id -> height and width, by the JSON; of all photos read so far"""

    def read_split(self, split: str) -> list[Photo]:
        """The photos of a split; the objects of these are written."""
        path, objects = self._folder.annotations(split), self._drawing.objects
        file = read_coco_file(path, self.account, objects)
        labels = self._label(file)
        existing = self._find_existing(split, file.photos)
        ids = _make_ids(self._folder.photos(split), existing, set(self.sizes))
        self._read_objects(split, file, ids, labels)
        self.sizes |= {ids[key]: photo.size for key, photo in existing.items()}
        return [self._make_photo(split, ids[key], photo) for key, photo in existing.items()]

    def _label(self, file: CocoFile) -> dict[str, int]:
        """Category id -> label id, 0 for a category that is no class. UserError if the categories
        differ from those of train.
        """
        if self._names is None:
            self._names = file.names
            self.classes = self.classes or tuple(file.names.values())
        different = set(self._names.items()) ^ set(file.names.items())
        if different:
            category, name = min(different)
            raise UserError(
                f"annotations {file.path} have other categories than those of train, such as "
                f"'{name}' with id {category}; make them equal"
            )
        return dict(zip(file.names, find_labels(list(file.names.values()), self.classes)))

    def _find_existing(self, split: str, listed: Listed) -> dict[str, ListedPhoto]:
        """The photos whose files exist; the others go to the account."""
        folder = self._folder.photos(split)
        start = len(str(folder)) + 1
        files = {entry.path[start:] for entry in files_below(folder, SUFFIXES)}
        existing = {}
        for image_id, photo in listed.items():
            if photo.file_name in files:
                existing[image_id] = photo
            else:
                where = f"{folder.name}/{photo.file_name}"
                self.account.problems["images whose photo is missing"].append(where)
        return existing

    def _read_objects(
        self, split: str, file: CocoFile, ids: Mapping[str, str], labels: Mapping[str, int]
    ) -> None:
        """Enter all annotations into their photos; write the objects of those in `ids`."""
        drawing, writer = self._drawing, None
        if drawing.objects is not None:
            writer = ObjectWriter(drawing.objects, split, drawing.shards)
        for image_id, line in enter_annotations(file, labels, self.account):
            if writer is not None and image_id in ids:
                writer.add(ids[image_id], line)
        if writer is not None:
            writer.flush()

    def _make_photo(self, split: str, photo_id: str, listed: ListedPhoto) -> Photo:
        """A photo of the index; it has a mask unless some object of it cannot be drawn."""
        image = f"{self._folder.photos(split).name}/{listed.file_name}"
        tags = tuple(sorted(listed.tags))
        if not listed.complete:
            return Photo(photo_id, image, tags)
        masks = {"mask": self._drawing.mask(split, photo_id)}
        return Photo(photo_id, image, tags, masks, digests={"mask": listed.digest})


def _make_ids(folder: Path, photos: Listed, taken: Set[str]) -> dict[str, str]:
    """Image id -> the photo's id in the index, which is made from its path below `folder`.

    If an id is `taken` by a photo of the other split, all of these begin with the folder's name.
    UserError if that does not help.
    """
    paths = {image_id: folder / photo.file_name for image_id, photo in photos.items()}
    lower = {photo_id.lower() for photo_id in taken}
    for root in (folder, folder.parent):
        by_path = make_photo_ids(root, list(paths.values()))
        if lower.isdisjoint(photo_id.lower() for photo_id in by_path.values()):
            return {image_id: by_path[path] for image_id, path in paths.items()}
    raise UserError(f"photos of {folder} have names that photos of train have; rename them")


def _make_splits(found: Mapping[str, list[Photo]]) -> dict[str, tuple[str, ...]]:
    """The splits train, val, tune (a fifth of train) and fit (the rest of it)."""
    splits = {split: tuple(photo.id for photo in photos) for split, photos in found.items()}
    tune = sample_split(found["train"])
    in_tune = set(tune)
    fit = tuple(photo_id for photo_id in splits["train"] if photo_id not in in_tune)
    return {**splits, "tune": tune, "fit": fit}


def _sum_up(account: Account, index: Index) -> None:
    """Enter the counts of the photos that are in the index."""
    account.photos = len(index.photos)
    for photo in index.photos.values():
        account.tagged += bool(photo.tags)
        account.masks += "mask" in photo.annotations
        account.classes.update(index.classes[tag - 1] for tag in photo.tags)
    account.splits = {split: len(index.splits[split]) for split in SPLITS}
