"""Finds masks that contradict the tags of their photos, before anything is scored by them."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from wsss.brought.account import Account
from wsss.brought.checks import read_size_and_labels
from wsss.brought.mask_palettes import CONVERT, find_moved, read_used_colours, say_moved
from wsss.data.file_cache import FileCache
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.run.counted import counted
from wsss.run.errors import UserError, raise_passing

EMPTY = f"photos with tags whose mask shows no class, by the values in it; {CONVERT}"
"""kind of problem"""


def note_mask_doubts(index: Index, account: Account, cache: FileCache) -> None:
    """Enter masks that show classes without a tag, or no class though there are tags, tagged
    classes that no mask shows, and palettes whose colours are those of other values.

    UserError where photos with tags have masks, and no mask holds any class. Masks that cannot be
    read or are not files yet are left out.
    """
    shown: Counter[int] = Counter()
    tagged: Counter[int] = Counter()
    values: dict[Path, list[int]] = {}
    empty: dict[Path, Photo] = {}
    known = index.ids_with_known_tags()
    for photo, path, labels in _read_masks(index, cache):
        classes = [label for label in labels if 0 < label <= len(index.classes)]
        values[path] = labels
        shown.update(classes)
        tagged.update(photo.tags)
        if photo.id in known:
            _note_untagged(index, photo, classes, account)
            if photo.tags and not classes:
                empty[path] = photo
        _note_moved_colours(index, path, account, cache)
    if tagged and not shown:
        path = next(iter(values))
        raise UserError(
            f"no mask holds a class: {path} has the values {_in_words(values[path])}, but 1 to "
            f"{len(index.classes)} are the classes, 0 is background, and 255 is ignored; {CONVERT}"
        )
    for path, photo in empty.items():
        if any(shown[tag] for tag in photo.tags):  # a class that no mask shows is told below
            account.problems[EMPTY].append(f"{photo.image}: {_in_words(values[path])}")
    for tag in sorted(tagged):
        if not shown[tag]:
            kind = "classes that photos with masks are tagged with, but that no mask shows"
            photos = counted(tagged[tag], "photo")
            account.problems[kind].append(f"'{index.classes[tag - 1]}' ({photos})")


def _read_masks(index: Index, cache: FileCache) -> Iterator[tuple[Photo, Path, list[int]]]:
    """Each photo with a readable mask, the mask's path, and the values in it."""
    for photo in index.photos.values():
        path = None if "mask" in photo.digests else index.annotation_path(photo, "mask")
        if path is None or not path.is_file():
            continue
        try:
            yield photo, path, cache.read(path, read_size_and_labels)[2]
        except UserError as error:
            raise_passing(error)  # find_unusable names any other


def _note_untagged(index: Index, photo: Photo, classes: list[int], account: Account) -> None:
    """Enter a photo whose mask shows a class that it is not tagged with."""
    names = [f"'{index.classes[label - 1]}'" for label in classes if label not in photo.tags]
    if names:
        kind = (
            "photos whose mask shows classes that they are not tagged with (are its values the "
            "classes in their order?)"
        )
        account.problems[kind].append(f"{photo.image}: {', '.join(names)}")


def _note_moved_colours(index: Index, path: Path, account: Account, cache: FileCache) -> None:
    """Enter a mask whose palette has the colour of one value at another value."""
    moved = find_moved(cache.read(path, read_used_colours), index.labels)
    if moved:
        kind = f"masks whose palette was changed, so that values may have moved; {CONVERT}"
        account.problems[kind].append(f"{path.name}: {say_moved(moved)}")


def _in_words(values: list[int]) -> str:
    """Such as "0, 255"; of many values the first ones."""
    more = ", ..." if len(values) > 5 else ""
    return ", ".join(map(str, values[:5])) + more
