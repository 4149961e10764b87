"""A dataset of one's own: a folder of photos, tags from a table or from subfolders, masks where there are some.

What was understood, and what was not, is an `Account` that a person can read.
"""

import difflib
import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from wsss.data.folder_settings import FolderIndexSettings
from wsss.data.images import IGNORE
from wsss.data.index import Index, Photo, tune_split
from wsss.data.tables import SUFFIXES, Row, clean, read_csv, read_tags
from wsss.run.errors import UserError

RARE = 20
"""a tag that another one is so many times as frequent as may be that one misspelt"""
LONGEST = 120
"""bytes of a photo's id; file systems take 255 for a name with all that is put around it"""
SHOWN = 20
"""of each kind of problem so many are listed"""


@dataclass
class Account:
    """What was read of a folder: counts, and problems by kind, each with where it stands."""

    photos: int = 0
    tagged: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    splits: dict[str, int] = field(default_factory=dict)
    masks: int = 0
    problems: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def text(self) -> str:
        """Lines for a person."""
        lines = [f"{self.photos} photos, {self.tagged} with tags, {self.masks} with masks; "
                 + ", ".join(f"{count} in {split}" for split, count in self.splits.items()),
                 f"{len(self.classes)} classes:", *(f"  {count:6d}  {name}" for name, count in self.classes.most_common())]
        for kind, found in self.problems.items():
            lines += [f"{kind}: {len(found)}", *(f"  {line}" for line in found[:SHOWN])]
            lines += [f"  ... and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        return "\n".join(lines) + "\n"


def read_folder(name: str, root: Path, settings: FolderIndexSettings) -> tuple[Index, Account]:
    """The index of a folder of photos, and what was understood of it.

    Photos that no row names are in the splits `rest` and `all` only.
    """
    account, paths = Account(), _photos_in(root, settings)
    rows = _rows(root, paths, settings)
    found = _Finder(root, paths)
    tags = _tags_by_photo(rows, found, account)
    classes = _classes(tags, settings, account)
    ids = _ids(root, paths)
    masks = _masks(root, paths, settings, account)
    photos = {ids[path]: Photo(ids[path], path.relative_to(root).as_posix(),
                               tuple(sorted({classes.index(tag) + 1 for tag in tags.get(path, ())})), masks.get(path))
              for path in paths}
    splits = _splits([photos[ids[path]] for path in paths if path in tags], found, ids, settings, account)
    _twins(root, paths, account)
    account.photos, account.tagged, account.masks = len(paths), sum(bool(t) for t in tags.values()), len(masks)
    account.problems["photos that no row names, which are not trained on"] = [
        str(path.relative_to(root)) for path in paths if path not in tags]
    account.problems = {kind: lines for kind, lines in account.problems.items() if lines}
    account.splits = {split: len(splits[split]) for split in ("train", "val")}
    rest = tuple(i for i in photos if i not in {*splits["train"], *splits["val"]})
    return Index(name, classes, str(root), photos, {**splits, "rest": rest, "all": tuple(photos)}), account


def _photos_in(root: Path, settings: FolderIndexSettings) -> list[Path]:
    if not root.is_dir():
        raise UserError(f"data_root {root} is not a folder; name the one with your photos")
    if root.resolve() in (Path.cwd(), *Path.cwd().parents):
        raise UserError(f"data_root {root} holds the folder that this runs in, so that what is made would be taken for "
                        "photos; run it elsewhere, or move the photos into a folder of their own")
    masks = Path(settings.masks).resolve() if settings.masks else None
    paths = [path for path in sorted(root.rglob("*")) if path.suffix.lower() in SUFFIXES and path.is_file()
             and not any(part.startswith(".") for part in path.relative_to(root).parts)
             and (masks is None or masks not in path.resolve().parents)]
    if not paths:
        raise UserError(f"there is no photo in {root} ({', '.join(SUFFIXES)}); name the folder with your photos")
    return paths


def _rows(root: Path, paths: list[Path], settings: FolderIndexSettings) -> list[Row]:
    if settings.tags is not None:
        return read_tags(Path(settings.tags))
    inside = [path for path in paths if len(path.relative_to(root).parts) > 1]
    if not inside:
        raise UserError(f"the photos in {root} have no tags: give a table with --labels, or put the photos of each class "
                        "into a subfolder of its name")
    return [Row(path.relative_to(root).as_posix(), (clean(path.relative_to(root).parts[0]),), "folder") for path in inside]


class _Finder:
    """The photo that a table means: by its path, its path without the ending, its name, or its name without the ending,
    whatever the case; the first of these that any photo has."""

    def __init__(self, root: Path, paths: list[Path]) -> None:
        self._by: list[dict[str, list[Path]]] = [defaultdict(list) for _ in range(4)]
        for path in paths:
            inside = unicodedata.normalize("NFC", path.relative_to(root).as_posix()).lower()
            name = inside.rsplit("/", 1)[-1]
            for by, key in zip(self._by, (inside, inside.rsplit(".", 1)[0], name, name.rsplit(".", 1)[0])):
                by[key].append(path)

    def __call__(self, name: str) -> list[Path]:
        key = clean(name).replace("\\", "/").removeprefix("./").lower()
        return next((by[key] for by in self._by if key in by), [])


def _tags_by_photo(rows: list[Row], found: _Finder, account: Account) -> dict[Path, tuple[str, ...]]:
    tags: dict[Path, tuple[str, ...]] = {}
    for row in rows:
        paths = found(row.image)
        if len(paths) != 1:
            kind = "rows without a photo" if not paths else "rows that several photos fit"
            account.problems[kind].append(f"{row.where}: '{row.image}'")
            continue
        if paths[0] in tags:
            account.problems["photos with several rows, whose tags are joined"].append(f"{row.where}: '{row.image}'")
        tags[paths[0]] = tuple(dict.fromkeys((*tags.get(paths[0], ()), *row.tags)))
        if not tags[paths[0]]:
            account.problems["rows without tags, taken as background only"].append(f"{row.where}: '{row.image}'")
    if not any(tags.values()):
        wrong = next(iter(account.problems.values()), ["the table is empty"])[0]
        raise UserError(f"no photo has a tag; the first thing that is wrong: {wrong}")
    return tags


def _classes(tags: dict[Path, tuple[str, ...]], settings: FolderIndexSettings, account: Account) -> tuple[str, ...]:
    account.classes = Counter(tag for row in tags.values() for tag in row)
    classes = settings.classes or tuple(sorted(account.classes))
    foreign = next((tag for tag in account.classes if tag not in classes), None)
    if foreign is not None:
        raise UserError(f"the tag '{foreign}' is not among the classes; add it to folder.classes, or mend the table")
    if len(classes) >= IGNORE or "background" in classes:
        what = "'background', which every photo has by itself" if "background" in classes else f"{len(classes)} classes"
        raise UserError(f"the tags name {what}; 1 to {IGNORE - 1} classes besides the background are possible, in label "
                        f"maps of 8 bits: are these the tags? {', '.join(list(classes)[:5])} ...")
    for name in sorted(account.classes, key=lambda n: account.classes[n]):
        count = account.classes[name]
        others = [other for other, more in account.classes.items() if more > count and (count == 1 or more > RARE * count)]
        close = difflib.get_close_matches(name.lower(), [other.lower() for other in others], n=1, cutoff=0.65)
        if close:
            account.problems["tags that look like another one"].append(
                f"'{name}' ({account.classes[name]}) and '{close[0]}'")
    return classes


def _ids(root: Path, paths: list[Path]) -> dict[Path, str]:
    """A name for the artifacts of each photo: its path with what file names cannot have replaced, and different ones."""
    plain = {path: _plain(path.relative_to(root)) for path in paths}
    times = Counter(name.lower() for name in plain.values())
    return {path: name if times[name.lower()] == 1 else f"{name}-{_hash(path, root)}" for path, name in plain.items()}


def _plain(path: Path) -> str:
    name = re.sub(r"[^\w\-+@.]+", "_", path.with_suffix("").as_posix().replace("/", "__"))
    name = re.sub(r"\.\.+", "_", name).strip("_.") or "photo"
    while len(name.encode()) > LONGEST:
        name = name[1:]
    return name.lstrip("_.")


def _hash(path: Path, root: Path) -> str:
    return hashlib.sha256(path.relative_to(root).as_posix().encode()).hexdigest()[:6]


def _masks(root: Path, paths: list[Path], settings: FolderIndexSettings, account: Account) -> dict[Path, str]:
    if settings.masks is None:
        return {}
    folder = Path(settings.masks)
    masks = {path: folder / path.relative_to(root).with_suffix(".png") for path in paths}
    masks = {path: mask if mask.is_file() else folder / mask.name for path, mask in masks.items()}
    times = Counter(masks.values())
    for kind, wrong in (("photos without a mask", lambda mask: not mask.is_file()),
                        ("photos that share a mask's name, and so have none",
                         lambda mask: mask.is_file() and times[mask] > 1)):
        account.problems[kind] = [str(path.relative_to(root)) for path, mask in masks.items() if wrong(mask)]
    return {path: str(mask.resolve()) for path, mask in masks.items() if mask.is_file() and times[mask] == 1}


def _splits(photos: list[Photo], found: _Finder, ids: dict[Path, str], settings: FolderIndexSettings,
            account: Account) -> dict[str, tuple[str, ...]]:
    """train and val as a file says or as drawn; tune and fit out of train."""
    if settings.splits is None:
        val = set(tune_split(photos, settings.seed, settings.val_share))
    else:
        said = _said_splits(Path(settings.splits), found, ids, account)
        account.problems["photos with tags that the split file does not name, which are in no split"] = [
            photo.image for photo in photos if photo.id not in said]
        val = {i for i, value in said.items() if value == "val"}
        photos = [photo for photo in photos if photo.id in said]
    train = [photo for photo in photos if photo.id not in val]
    if not train or len(train) == len(photos):
        raise UserError(f"{len(photos)} tagged photos cannot be split into train and val; tag more of them, or give a "
                        "split file")
    tune = set(tune_split(train, settings.seed))
    return {"train": tuple(p.id for p in train), "val": tuple(p.id for p in photos if p.id in val),
            "tune": tuple(p.id for p in train if p.id in tune), "fit": tuple(p.id for p in train if p.id not in tune)}


def _said_splits(path: Path, found: _Finder, ids: dict[Path, str], account: Account) -> dict[str, str]:
    """Photo id -> train or val, as a file says."""
    said = {}
    for row in read_csv(path):
        paths, split = found(row.image), row.tags[0].lower() if row.tags else ""
        if split not in ("train", "val"):
            raise UserError(f"split file {path} says '{split}' in {row.where}; train or val is expected behind each photo")
        if len(paths) != 1:
            kind = "without a photo" if not paths else "that several photos fit"
            account.problems[f"rows of the split file {kind}"].append(f"{row.where}: '{row.image}'")
        else:
            said[ids[paths[0]]] = split
    return said


def _twins(root: Path, paths: list[Path], account: Account) -> None:
    """Photos whose files are the same to the byte; only files of equal size are read."""
    sizes: dict[int, list[Path]] = defaultdict(list)
    for path in paths:
        sizes[path.stat().st_size].append(path)
    seen: dict[str, Path] = {}
    for path in (p for group in sizes.values() if len(group) > 1 for p in group):
        key = hashlib.sha256(path.read_bytes()).hexdigest()
        if key in seen:
            account.problems["the same photo twice"].append(f"{seen[key].relative_to(root)} and {path.relative_to(root)}")
        seen.setdefault(key, path)
