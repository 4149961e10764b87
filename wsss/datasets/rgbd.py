"""Reads photos with depth, cameras and poses into an index
(docs/adding-a-dataset.md#photos-with-depth).

Tags are the classes of a photo's boxes. Only boxes of photos that train are kept.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from wsss.brought.account import Account
from wsss.brought.annotated_tags import rows_of_annotations
from wsss.brought.annotation_settings import AnnotationSettings
from wsss.brought.annotations import add_annotations
from wsss.brought.checks import look_at
from wsss.brought.tables import SUFFIXES
from wsss.data.camera import check_lens, read_camera, read_pose
from wsss.data.depth import ENDINGS, check_depth, look_at_depth
from wsss.data.file_cache import FileCache
from wsss.data.index import Index
from wsss.data.photo import Photo, check_id
from wsss.data.splits import sample_split
from wsss.datasets.rgbd_layout import FOLDERS
from wsss.datasets.rgbd_settings import RgbdSettings
from wsss.datasets.voc import read_classes
from wsss.datasets.voc_files import find_files
from wsss.run.errors import UserError
from wsss.run.files import MALFORMED, read_json, require_file


def read_rgbd(
    name: str,
    root: Path,
    settings: RgbdSettings,
    beside: AnnotationSettings,
    cache: FileCache | None = None,
) -> tuple[Index, Account]:
    """The index of a folder, without digests, and an account of its boxes.

    Its splits are `train`, `val`, `tune` (a fifth of train, by scenes) and `fit` (the rest of it).
    UserError for a missing list, photo, depth or camera, a camera or depth that does not fit its
    photo, a wrong unit, and a pose that is no pose.
    """
    if not (root / "images").is_dir() or not (root / "depth").is_dir():
        raise UserError(
            f"data_root {root} has no images/ and depth/; docs/adding-a-dataset.md shows the layout"
        )
    cache = cache or FileCache(root)
    splits = {split: _read_list(root / f"{split}.txt") for split in ("train", "val")}
    photos = _Photos(root, settings, cache).read([*splits["train"], *splits["val"]])
    index = Index(name, read_classes(root), str(root), photos, splits)
    index, account = _with_boxes(index, beside, cache)
    tune = sample_split(index.split("train"))
    fit = tuple(photo_id for photo_id in splits["train"] if photo_id not in set(tune))
    splits = {**splits, "tune": tune, "fit": fit}
    return Index(name, index.classes, str(root), index.photos, splits), account


def _read_list(path: Path) -> tuple[str, ...]:
    """The ids in a list, one on each line; UserError if it is missing."""
    try:
        return tuple(require_file(path).read_text(encoding="utf-8-sig").split())
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"list {path} cannot be read ({error}); write an id on each line")


def _read_scenes(path: Path) -> dict[str, str]:
    """Id -> scene from scenes.txt, whose lines are `ID SCENE`; {} without such a file."""
    if not path.is_file():
        return {}
    scenes: dict[str, str] = {}
    for number, line in enumerate(_read_text(path).splitlines(), start=1):
        words = line.split()
        if not words:
            continue
        if len(words) != 2:
            raise UserError(f"{path} line {number} is not 'ID SCENE'; correct it")
        photo_id, scene = words
        if scenes.setdefault(photo_id, scene) != scene:
            raise UserError(
                f"{path} line {number} puts photo {photo_id} into scene {scene}, an earlier line "
                f"into {scenes[photo_id]}; take one out"
            )
    return scenes


def _read_text(path: Path) -> str:
    """The text of a file in UTF-8; UserError where it cannot be read."""
    try:
        return require_file(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}); save it in UTF-8")


class _Photos:
    """Reads what is known of each photo but its boxes."""

    def __init__(self, root: Path, settings: RgbdSettings, cache: FileCache) -> None:
        self._root, self._settings, self._cache = root, settings, cache
        endings = (SUFFIXES, ENDINGS, (".png",), (".txt",), (".json",))
        self._files: dict[str, dict[str, str]] = {}
        for folder, ending in zip(FOLDERS, endings):
            there = (root / folder).is_dir()
            self._files[folder] = find_files(root / folder, ending) if there else {}
        self._scenes = _read_scenes(root / "scenes.txt")

    def read(self, ids: Sequence[str]) -> dict[str, Photo]:
        """Id -> photo."""
        for photo_id in ids:
            check_id(photo_id)
        self._cache.read_ahead((self._path("depth", photo_id) for photo_id in ids), look_at_depth)
        self._cache.read_ahead((self._path("images", photo_id) for photo_id in ids), look_at)
        return {photo_id: self._photo(photo_id) for photo_id in ids}

    def _photo(self, photo_id: str) -> Photo:
        """A photo with its annotations; its depth is checked."""
        camera_path = self._camera_path(photo_id)
        camera = read_camera(camera_path)
        depth, image = self._path("depth", photo_id), self._path("images", photo_id)
        height, width = self._cache.read(image, look_at)[:2]
        check_lens(camera, (height, width), f"{camera_path} of photo {photo_id}")
        seen = self._cache.read(depth, look_at_depth)
        check_depth(depth, seen, camera, (height, width), self._settings.farthest)
        annotations: dict[str, Any] = {
            "camera": list(camera),
            "depth": depth.relative_to(self._root).as_posix(),
        }
        if photo_id in self._files["poses"]:
            annotations["pose"] = read_pose(self._path("poses", photo_id))
        if photo_id in self._files["labels"]:
            annotations["mask"] = f"labels/{self._files['labels'][photo_id]}"
        group = self._scenes.get(photo_id)
        return Photo(photo_id, image.relative_to(self._root).as_posix(), (), annotations, group)

    def _camera_path(self, photo_id: str) -> Path:
        """The photo's own camera, or else that of all photos."""
        if photo_id in self._files["cameras"]:
            return self._path("cameras", photo_id)
        return self._root / "camera.json"

    def _path(self, folder: str, photo_id: str) -> Path:
        """The path of a photo's file in a folder; UserError where there is none."""
        if photo_id not in self._files[folder]:
            raise UserError(
                f"photo {photo_id} has no file in {self._root / folder}; add it, or take the id "
                "out of its list"
            )
        return self._root / folder / self._files[folder][photo_id]


def _with_boxes(
    index: Index, beside: AnnotationSettings, cache: FileCache
) -> tuple[Index, Account]:
    """The index with the annotations and tags of the photos that train. Boxes are those of the
    settings, or else those in boxes.json.
    """
    account, own = Account(), Path(index.root, "boxes.json")
    listed: set[str] = set()
    if not beside.boxes and own.is_file():
        beside = beside.model_copy(update={"boxes": (str(own),)})
        listed = set(cache.read(own, listed_photos))
    if not beside.paths:
        return index, account
    tagged = replace(index, photos=_tagged(index, beside, cache))
    annotated = add_annotations(tagged, beside, "train", account, cache)
    photos = dict(annotated.photos)
    for photo_id in index.splits["train"]:
        if photo_id in listed and "boxes" not in photos[photo_id].annotations:
            known = {**photos[photo_id].annotations, "boxes": []}
            photos[photo_id] = replace(photos[photo_id], annotations=known)
    return replace(annotated, photos=photos), account


def listed_photos(path: Path) -> list[str]:
    """The ids of the photos that a COCO JSON lists, with boxes or without."""
    try:
        images = read_json(path)["images"]
        return [Path(image["file_name"]).stem for image in images]
    except MALFORMED as error:
        raise UserError(f"boxes {path} cannot be read ({error}); it has to be COCO's JSON")


def _tagged(index: Index, beside: AnnotationSettings, cache: FileCache) -> dict[str, Photo]:
    """The photos; those that train have the classes of their annotations as tags."""
    train = {index.image_path(index.photos[name]): name for name in index.splits["train"]}
    photos = dict(index.photos)
    for row in rows_of_annotations(Path(index.root), train, beside, index.classes, cache):
        photo = photos[train[Path(index.root, row.image)]]
        tags = tuple(sorted(index.classes.index(name) + 1 for name in row.tags))
        photos[photo.id] = replace(photo, tags=tags)
    return photos
