"""Columns as people have them: other words for yes and no, splits, numbers, vectors of 1 and 0."""

import json

import pytest

from tests.unit.brought_tables import NAMES, expected, lines_of, read, write_photos
from wsss.brought.table_names import is_nothing
from wsss.run.errors import UserError


@pytest.fixture
def photos(tmp_path):
    """Ten photos."""
    return write_photos(tmp_path / "photos")


@pytest.mark.parametrize(("yes", "no"), [("ja", "nein"), ("✔", "-"), ("1", "nan"), ("X", "N/A")])
def test_other_words_for_yes_and_no_make_columns_of_classes(photos, yes, no):
    words = {"1": yes, "0": no}
    lines = [f"{name},{words[cat]},{words[dog]}" for name, cat, dog in map(cut, one_hot())]
    assert read(photos, ["image,cat,dog", *lines])[0] == expected()


def one_hot():
    return lines_of("{name},{cat},{dog}")


def cut(line):
    return line.split(",")


@pytest.mark.parametrize("odd", ["2", "?"])
def test_column_of_which_most_cells_say_yes_or_no_is_not_left_out(photos, odd):
    lines = ["image,cat,dog", *one_hot()[:-1], f"{NAMES[-1]},{odd},1"]
    with pytest.raises(UserError, match=rf"has '[{odd}]' in line 11, in the column 'cat'.*tag-col"):
        read(photos, lines)
    assert read(photos, lines, tag_columns=["dog"])[1].classes == ("dog",)


@pytest.mark.parametrize("flag", ["indoor", "blurred"])
def test_one_column_of_yes_and_no_beside_one_of_texts_is_unclear(photos, flag):
    lines = [f"image,animal,{flag}", *lines_of("{name},{tag},{dog}")]
    with pytest.raises(UserError, match=rf"not clear which column.*\(animal, {flag}\)"):
        read(photos, lines)
    assert read(photos, lines, tag_columns=["animal"])[0] == expected()


@pytest.mark.parametrize("column", ["remark2,nan", "url,http://x/1.jpg", "photographer,Bob"])
def test_columns_without_content_and_of_files_are_no_tags(photos, column):
    name, cell = column.split(",")
    assert read(photos, [f"image,species,{name}", *lines_of(f"{{name}},{{tag}},{cell}")])[0] == (
        expected()
    )


@pytest.mark.parametrize(
    ("column", "of_train", "of_val"),
    [("usage", "Training", "valid"), ("is_valid", "False", "True"), ("is_train", "1", "0")],
)
def test_columns_of_splits_are_known_by_their_words(photos, column, of_train, of_val):
    lines = [f"image,animal,{column}"]
    for number, row in enumerate(lines_of("{name},{tag}")):
        lines.append(f"{row},{of_val if number > 7 else of_train}")
    tags, index, account = read(photos, lines)
    assert tags == expected() and f"splits in '{column}'" in account.text()
    assert index.splits["val"] == ("008", "009") and len(index.splits["train"]) == 8


@pytest.mark.parametrize(
    ("form", "columns"),
    [("{n},{name},{tag}", "1"), ("{name},1,2,30,40,{tag}", "2, 3, 4, 5"), ("{tag},3,{name}", "2")],
)
def test_columns_of_numbers_are_no_tags_without_a_header(photos, form, columns):
    tags, _, account = read(photos, lines_of(form))
    assert tags == expected()
    assert f"left out: columns of numbers beside texts: {columns}" in account.text()


VECTORS = [
    ("labels", '{name},"[{cat}, {dog}]"'),
    ("labels", "{name},{cat} {dog}"),
    ("labels", "{name},[{cat}. {dog}.]"),
    (None, "{name},{cat},{dog}"),
]


@pytest.mark.parametrize(("header", "form"), VECTORS)
def test_vectors_of_one_and_zero_need_the_names_of_classes(photos, header, form):
    lines = [*([f"image,{header}"] if header else []), *lines_of(form)]
    with pytest.raises(UserError, match=r"has 2 numbers, 1 or 0 for each class; name the classes"):
        read(photos, lines)
    with pytest.raises(UserError, match=r"in their order \(3 are named\): --classes"):
        read(photos, lines, classes=("cat", "dog", "bird"))
    tags, _, account = read(photos, lines, classes=("cat", "dog"))
    assert tags == expected() and "for each of the named classes" in account.text()


def test_vectors_in_json_are_read(photos):
    vectors = {name: [1 - n % 2, n % 2] for n, name in enumerate(NAMES)}
    assert read(photos, [json.dumps(vectors)], "t.json", classes=("cat", "dog"))[0] == expected()


@pytest.mark.parametrize("cells", [("1", "0"), ("[0]", "[0, 1]"), ("0 2", "1 2")])
def test_lists_of_other_lengths_or_numbers_are_no_vectors(photos, cells):
    lines = [f'{name},"{cells[number % 2]}"' for number, name in enumerate(NAMES)]
    assert "tags that are numbers" in read(photos, ["image,labels", *lines])[2].text()


@pytest.mark.parametrize(("word", "nothing"), [("()", True), ("#N/A", True), ("+", False)])
def test_marks_without_a_letter_mean_nothing_but_for_plus(word, nothing):
    assert is_nothing(word) == nothing
