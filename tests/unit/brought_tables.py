"""Ten photos and tables of their tags, for tests of tables as people have them."""

import numpy as np
from PIL import Image

from wsss.brought.folder_settings import FolderSettings
from wsss.datasets.folder import read_folder

NAMES = tuple(f"{number:03}.jpg" for number in range(10))


def write_photos(root, names=NAMES):
    """Photos of one colour each."""
    root.mkdir()
    for number, name in enumerate(names):
        Image.fromarray(np.full((8, 12, 3), number, np.uint8)).save(root / name)
    return root


def read(photos, lines, name="labels.csv", **settings):
    """The tags of each photo by class names, the index and the account, for a table of lines."""
    path = photos.parent / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_table(photos, path, **settings)


def read_table(photos, path, **settings):
    """The tags of each photo by class names, the index and the account, for a table."""
    index, account = read_folder("x", photos, FolderSettings(tags=str(path), **settings))
    tags = {}
    for photo in index.photos.values():
        tags[photo.image] = [index.classes[tag - 1] for tag in photo.tags]
    return tags, index, account


def animal(number):
    return "dog" if number % 2 else "cat"


def expected():
    """cat in even photos, dog in odd ones."""
    return {name: [animal(number)] for number, name in enumerate(NAMES)}


def lines_of(form):
    """A line for each photo; `form` has places for name, tag, n (number), cat and dog (1 or 0)."""
    lines = []
    for number, name in enumerate(NAMES):
        dog = number % 2
        lines.append(form.format(name=name, tag=animal(number), n=number, cat=1 - dog, dog=dog))
    return lines
