"""Tags as people have them: words that may mean nothing, joined tags, spellings; stated classes."""

import pytest
from pydantic import ValidationError

from tests.unit.brought_tables import NAMES, animal, read, write_photos
from wsss.brought.doubtful_tags import ALMOST_SAME, PERHAPS_NONE, SEVERAL_TAGS, TORN
from wsss.brought.folder_settings import FolderSettings
from wsss.brought.folder_tags import UNUSED
from wsss.run.errors import UserError
from wsss.run.settings import validate


@pytest.fixture
def photos(tmp_path):
    """Ten photos."""
    return write_photos(tmp_path / "photos")


def table(*tags):
    """A table whose photos have one of `tags` in turn."""
    return ["image,labels", *(f"{name},{tags[n % len(tags)]}" for n, name in enumerate(NAMES))]


def problems(photos, kind, *tags, **settings):
    return read(photos, table(*tags), **settings)[2].problems[kind]


@pytest.mark.parametrize("word", ["unknown", "No_Finding"])
def test_words_that_may_mean_nothing_are_told(photos, word):
    assert problems(photos, PERHAPS_NONE, "cat", word) == [f"'{word}' (5)"]
    assert problems(photos, PERHAPS_NONE, "cat", word, classes=("cat", word)) == []


@pytest.mark.parametrize("joined", ["cat_dog", "cat and dog", "cat->dog"])
def test_tags_that_are_made_of_others_are_told(photos, joined):
    assert problems(photos, SEVERAL_TAGS, "cat", "dog", joined) == [f"'{joined}' (3)"]


@pytest.mark.parametrize("pair", [("cat", "cats"), ("cafe", "café"), ("cat", "cat.")])
def test_tags_that_are_almost_the_same_are_told(photos, pair):
    assert problems(photos, ALMOST_SAME, *pair) == [f"'{pair[0]}' (5) and '{pair[1]}' (5)"]


@pytest.mark.parametrize("pair", [("cat", "ｃａｔ"), ("STRASSE", "Straße")])
def test_forms_of_letters_are_spellings_of_one_tag(photos, pair):
    assert len(read(photos, table(*pair), join_spellings=True)[1].classes) == 1


@pytest.mark.parametrize(
    "cell",
    [
        "('cat', 'dog')",
        "{'cat', 'dog'}",
        "['cat' 'dog']",
        "array(['cat', 'dog'], dtype=object)",
        "{cat,dog}",
        "[['cat'], ['dog']]",
        "[{'label': 'cat', 'x': 1}, {'label': 'dog', 'x': 2}]",
        "{'objects': [{'title': 'cat'}, {'title': 'dog'}]}",
    ],
)
def test_lists_as_programs_print_them_are_read(photos, cell):
    lines = [f'{name},"{cell}"' for name in NAMES]
    assert read(photos, ["image,labels", *lines])[1].classes == ("cat", "dog")


@pytest.mark.parametrize("cell", ["cat (male, young)", "{cat: 1; dog: 2}"])
def test_tags_that_were_cut_within_brackets_are_told(photos, cell):
    told = read(photos, ["image,labels", *(f'{name},"{cell}"' for name in NAMES)])[2]
    assert len(told.problems[TORN]) == 2


@pytest.mark.parametrize("between", ["\t", "\x0b"])
def test_tabs_in_a_cell_separate_tags(photos, between):
    assert read(photos, table(f"cat{between}dog"))[1].classes == ("cat", "dog")


def test_empty_separator_leaves_cells_whole(photos):
    assert read(photos, table("cat;dog"), separator="")[1].classes == ("cat;dog",)


def test_stated_classes_without_a_photo_are_told_and_twice_is_refused(photos):
    kind = "classes that no photo is tagged with"
    assert problems(photos, kind, "cat", "dog", classes=("cat", "dog", "bird")) == ["'bird'"]
    with pytest.raises(UserError, match=r"folder\.classes names 'cat' twice"):
        read(photos, table("cat"), classes=("cat", "dog", "cat"))
    with pytest.raises(UserError, match=r"tag 'dog' is not among the classes \(did you mean 'dgo"):
        read(photos, table("cat", "dog"), classes=("cat", "dgo"))


def test_replacements_without_a_row_are_told(photos):
    assert problems(photos, UNUSED, "cat", rename={"cta": "cat", "cat": "puss"}) == ["'cta'"]


def test_numbers_that_yaml_read_are_names(photos):
    settings = {"rename": {0: "cat", 1: "dog"}, "classes": ["cat", "dog"]}
    lines = [f"{name},{number % 2}" for number, name in enumerate(NAMES)]
    tags = read(photos, ["image,labels", *lines], **settings)[0]
    assert tags == {name: [animal(number)] for number, name in enumerate(NAMES)}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"classes": "cat,dog"}, "a list is expected, such as"),
        ({"classes": [True, "cat"]}, "write names in quotes"),
        ({"rename": {False: "none"}}, "write names in quotes"),
        ({"rename": "cat"}, "such as {bycicle: bicycle}"),
    ],
)
def test_names_that_yaml_changed_are_refused_with_the_way_out(values, told):
    with pytest.raises(UserError, match=told):
        validate(FolderSettings, values)
    with pytest.raises(ValidationError):
        FolderSettings(**values)
