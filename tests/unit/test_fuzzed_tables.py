"""Fuzzed tables and folders, against a slow and strict reading of the same rules."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from wsss.brought.folder_settings import FolderSettings
from wsss.data.walk import files_below
from wsss.datasets.folder import read_folder

fuzzed = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NAMES = tuple(f"{number}.png" for number in range(6))
CLASSES = ("cat", "dog", "sea lion", "Käfer")
FORMS = ("{}", "images/{}", "/a/b/{}", "C:\\x\\{}", "{} ", '"{}"')
NOTHING = ("", "nan", "None", "-")
tag_sets = st.lists(st.sets(st.sampled_from(CLASSES)), min_size=6, max_size=6)


def write_photos(root):
    root.mkdir(exist_ok=True)
    for name in NAMES:
        if not (root / name).exists():
            Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(root / name)


def read(root, path):
    """The tags of each photo by class names."""
    index, _ = read_folder("x", root, FolderSettings(tags=str(path)))
    found = {}
    for photo in index.photos.values():
        found[photo.image] = {index.classes[tag - 1] for tag in photo.tags}
    return found


def compare(tmp_path, lines, expected, name="t.csv"):
    """Check a table against the tags that it was written from, in the order of NAMES."""
    if not any(expected):
        return
    write_photos(tmp_path / "p")
    (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert read(tmp_path / "p", tmp_path / name) == dict(zip(NAMES, expected))


@fuzzed
@given(
    tags=tag_sets,
    form=st.sampled_from(FORMS),
    separators=st.sampled_from([(",", ";"), (";", ","), ("\t", "|"), ("|", ";"), (",", "、")]),
    order=st.permutations(["image", "labels", "width", "note"]),
    nothing=st.sampled_from(NOTHING),
)
def test_table_of_any_form_has_the_tags_it_was_written_from(
    tmp_path, tags, form, separators, order, nothing
):
    between_cells, between_tags = separators
    lines = [between_cells.join(order)]
    for name, own in zip(NAMES, tags):
        cells = {"image": form.format(name), "width": "640", "note": "cat"}
        cells["labels"] = between_tags.join(sorted(own)) or nothing
        lines.append(between_cells.join(cells[column] for column in order))
    compare(tmp_path, lines, tags)


@fuzzed
@given(
    tags=tag_sets,
    words=st.sampled_from(
        [("1", "0"), ("True", "False"), ("1.0", "0.0"), ("x", ""), ("yes", "no")]
    ),
    more=st.sampled_from(["width", "confidence", "id"]),
)
def test_one_hot_table_has_the_tags_it_was_written_from(tmp_path, tags, words, more):
    lines = [",".join(["filename", *CLASSES, more])]
    for name, own in zip(NAMES, tags):
        cells = [words[0] if tag in own else words[1] for tag in CLASSES]
        lines.append(",".join([name, *cells, "7"]))
    compare(tmp_path, lines, tags)


@fuzzed
@given(tags=tag_sets, separator=st.sampled_from([",", ";", "\t"]), first=st.booleans())
def test_table_without_a_header_has_the_tags_it_was_written_from(tmp_path, tags, separator, first):
    lines = []
    for name, own in zip(NAMES, tags):
        cells = [name, *sorted(own)] if first else [*(sorted(own) or [""]), name]
        if not first:  # the photo must stand in the same column of every line
            cells = [";".join(cells[:-1]) if separator != ";" else ",".join(cells[:-1]), name]
        lines.append(separator.join(cells))
    compare(tmp_path, lines, tags)


paths = st.lists(
    st.sampled_from(["a", "b", "a/b", "b/a", "a/.c", "@eaDir", "a/@eaDir"]), max_size=5, unique=True
)
links = st.lists(
    st.tuples(st.sampled_from(["l", "a/l", "b/m"]), st.sampled_from([".", "a", "b", "a/b", "out"])),
    max_size=3,
    unique_by=lambda pair: pair[0],
)


def slow_walk(folder, seen):
    """The real paths of the photos below a folder: each once, whatever path leads there."""
    real = folder.resolve()
    if real in seen:
        return set()
    seen.add(real)
    found = set()
    for path in real.iterdir():
        if path.name.startswith(".") or path.name == "@eaDir":
            continue
        if path.is_dir():
            found |= slow_walk(path, seen)
        elif path.suffix == ".png":
            found.add(path.resolve())
    return found


@fuzzed
@given(folders=paths, links=links, number=st.integers(0, 10**9))
def test_walk_over_any_links_finds_every_photo_once(tmp_path, folders, links, number):
    root = tmp_path / str(number)
    if root.exists():
        return
    (root / "top").mkdir(parents=True)
    (root / "out").mkdir()
    for folder in ["", *folders]:
        (root / "top" / folder).mkdir(parents=True, exist_ok=True)
        for name in ("1.png", "2.txt"):
            (root / "top" / folder / name).touch()
    (root / "out" / "3.png").touch()
    for link, target in links:
        place = root / "top" / link
        if place.parent.is_dir() and not place.exists():
            place.symlink_to(root / ("out" if target == "out" else f"top/{target}"))
    found = [entry.path for entry in files_below(root / "top", (".png",))]
    real = {(root / path).resolve() for path in found}
    assert len(real) == len(found) and real == slow_walk(root / "top", set())
