"""Reads the images and categories of COCO's JSON; what is faulty goes to the account."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wsss.brought.account import Account
from wsss.brought.coco_ids import read_id
from wsss.brought.coco_shapes import DRAWING
from wsss.brought.tables import clean
from wsss.data.digests import digest_of_values
from wsss.data.images import IGNORE
from wsss.run.errors import UserError

Json = dict[str, Any]
TEXT_IDS = "ids that are text, taken as numbers"
"""a kind of problem that leaves nothing out"""
LARGEST = 2**28
"""pixels of a photo; shapes are drawn at the size that the JSON states, so it must be possible"""


@dataclass
class ListedPhoto:
    """A photo that the JSON lists, and what its annotations say."""

    file_name: str
    """its path below the folder of its split"""
    size: tuple[int, int]
    """height and width in pixels, by the JSON"""
    digest: str
    """digest of its size and, one after the other, of its objects"""
    tags: set[int] = field(default_factory=set)
    """the label ids of its objects"""
    complete: bool = True
    """whether all of its objects can be drawn"""


class ImageTable:
    """The images of a JSON."""

    def __init__(self, path: Path, account: Account) -> None:
        self._path, self._account = path, account
        self._names: set[str] = set()
        self._photos: dict[str, ListedPhoto] = {}

    def add(self, number: int, item: Json) -> None:
        """Enter an image, the one of that `number` in the JSON; a faulty one into the account."""
        where = f"{self._path.name} images {number}"
        image_id, photo = read_id(item.get("id")), _read_photo(item)
        if image_id is None or photo is None:
            kind = "images without an id, a file name or a size"
            self._account.problems[kind].append(f"{where}: {str(item)[:100]}")
        elif image_id in self._photos or photo.file_name in self._names:
            where = f"{where}: '{photo.file_name}', id {image_id}"
            self._account.problems["images that are listed twice"].append(where)
        else:
            self._photos[image_id] = photo
            self._names.add(photo.file_name)
            note_text_id(item["id"], where, self._account)

    def photos(self) -> dict[str, ListedPhoto]:
        """Image id -> photo, in the order of the file. UserError where the JSON lists none."""
        if not self._photos:
            raise UserError(
                f"annotations {self._path} list no image; COCO's instances_*.json is expected"
            )
        return self._photos


def _read_photo(item: Json) -> ListedPhoto | None:
    """The photo of an item of `images`; None if it has no name or no possible size."""
    name, height, width = item.get("file_name"), item.get("height"), item.get("width")
    if not isinstance(name, str) or type(height) is not int or type(width) is not int:
        return None
    if not name or min(height, width) < 1 or height * width > LARGEST:
        return None
    digest = digest_of_values([DRAWING, height, width])
    return ListedPhoto(name, (height, width), digest)


class CategoryTable:
    """The categories of a JSON."""

    def __init__(self, path: Path, account: Account) -> None:
        self._path, self._account = path, account
        self._names: dict[str, str] = {}

    def add(self, number: int, item: Json) -> None:
        """Enter a category, the one of that `number` in the JSON; a faulty one into the account."""
        where = f"{self._path.name} categories {number}"
        category_id, name = read_id(item.get("id")), clean(str(item.get("name") or ""))
        if category_id is None or not name or category_id in self._names:
            kind = "categories without an id or a name, or with one that was there"
            self._account.problems[kind].append(f"{where}: {str(item)[:100]}")
        else:
            self._names[category_id] = name
            note_text_id(item["id"], where, self._account)

    def names(self) -> dict[str, str]:
        """Category id -> name, in the order of the ids (of the file, if some are no numbers).

        UserError for no category or more than 254, for a name that occurs twice, and for
        `background`.
        """
        names = self._names
        repeated = [name for name, count in Counter(names.values()).items() if count > 1]
        if repeated or "background" in names.values():
            raise UserError(
                f"annotations {self._path} have the category "
                f"'{[*repeated, 'background'][0]}'{' twice' if repeated else ''}; rename it"
            )
        if not 0 < len(names) < IGNORE:
            raise UserError(
                f"annotations {self._path} have {len(names)} categories; 1 to {IGNORE - 1} are "
                "possible"
            )
        if all(map(str.isdigit, names)):
            return {number: names[number] for number in sorted(names, key=int)}
        return names


def note_text_id(value: Any, where: str, account: Account) -> None:
    """Enter an id that is text into the account."""
    if isinstance(value, str):
        account.problems[TEXT_IDS].append(f"{where}: '{value}'")
