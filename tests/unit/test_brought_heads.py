"""Tables with more than one header line, or none of the known ones, and with lines above them."""

import pytest

from tests.unit.brought_tables import (
    NAMES,
    expected,
    lines_of,
    read,
    read_table,
    write_photos,
)
from wsss.run.errors import UserError


@pytest.fixture
def photos(tmp_path):
    """Ten photos."""
    return write_photos(tmp_path / "photos")


@pytest.mark.parametrize(
    ("above", "told"),
    [
        (["# exported by a tool, 2024-01-05", "# two classes"], "2 lines above the table"),
        (["Labels of the summer"], "1 line above the table, the first: line 1: 'Labels of the s"),
        (["Labels,,", ",,", "of 2024,,"], "2 lines above the table"),
    ],
)
def test_titles_and_comments_above_a_header_are_left_out(photos, above, told):
    tags, _, account = read(photos, [*above, "image,labels,width", *lines_of("{name},{tag},640")])
    assert tags == expected() and told in account.text()
    assert "rows without a photo" not in account.problems


@pytest.mark.parametrize("header", ["# image,labels,width", "#image,labels,width"])
def test_header_may_be_a_comment(photos, header):
    tags, _, account = read(photos, [header, *lines_of("{name},{tag},640")])
    assert tags == expected() and "left out: 'width'" in account.text()


def test_comments_above_a_table_without_a_header_are_left_out(photos):
    assert read(photos, ["# made, by hand", *lines_of("{name},{tag}")])[0] == expected()


@pytest.mark.parametrize("header", ["Bild;Tiere;Notiz", "Fichier;Étiquettes;Remarque"])
def test_header_in_another_language_is_one_also_above_photos_without_endings(photos, header):
    lines = [line.replace(".jpg", "") for line in lines_of("{name};{tag};blurred")]
    tags, _, account = read(photos, [header, *lines, "nowhere;cat;"])
    name = header.split(";")[1]
    assert tags == expected() and f"tags in '{name}'; left out" in account.text()


def test_first_line_that_is_no_known_header_is_told(photos):
    lines = [line.replace(".jpg", "") for line in lines_of("{name},{tag}")]
    told = "no header: 'Kép' in line 1 is a photo; if it is the name of a column"
    assert told in read(photos, ["Kép,Állat", *lines])[2].text()
    assert "no header" not in read(photos, lines_of("{name},{tag}"))[2].text()


@pytest.mark.parametrize("separator", [";", "|"])
def test_separator_that_excel_states_is_taken(photos, separator):
    lines = [f"sep={separator}", separator.join(["image", "labels", "width"])]
    lines += lines_of(separator.join(["{name}", "{tag}", "640"]))
    tags, _, account = read(photos, [*lines, separator.join(["nowhere.jpg", "cat", "1"])])
    assert tags == expected() and "line 13: 'nowhere.jpg'" in account.text()


@pytest.mark.parametrize(
    ("header", "form"),
    [("image,labels", "{name},{tag}"), ("filename,cat,dog", "{name},{cat},{dog}")],
)
def test_header_that_is_repeated_is_left_out(photos, header, form):
    lines = lines_of(form)
    tags, _, account = read(photos, [header, *lines[:4], header, *lines[4:], header])
    assert tags == expected()
    assert "left out: 2 repetitions of the header, the first: line 6" in account.text()


@pytest.mark.parametrize("header", ["Bilddatei,Klasse,Breite", "图片,标签,宽度", ",animal,"])
def test_header_of_unknown_names_is_found_by_the_photos_below_it(photos, header):
    tags, _, account = read(photos, [header, *lines_of("{name},{tag},640")])
    assert tags == expected() and f"tags in '{header.split(',')[1]}'" in account.text()


@pytest.mark.parametrize("above", [[], ["10"]])
def test_header_may_lack_the_name_of_the_first_column(photos, above):
    tags, _, account = read(photos, [*above, "cat dog", *lines_of("{name}  {cat}  {dog} ")])
    assert tags == expected() and "a class for each column of yes and no" in account.text()


@pytest.mark.parametrize("top", [",labels,labels", ",a,b"])
def test_two_lines_of_names_by_pandas_are_one_header(photos, top):
    lines = [top, ",cat,dog", "image,,", *lines_of("{name},{cat},{dog}")]
    assert read(photos, lines)[0] == expected()


@pytest.mark.parametrize("name", ["t.txt", "t.csv"])
def test_photos_and_tags_between_blanks_are_read(photos, name):
    assert read(photos, lines_of("{name} {tag}"), name)[0] == expected()


@pytest.mark.parametrize("words", [("TRAIN", "TEST", "VALIDATION"), ("train", "test", "val")])
def test_column_of_splits_is_found_without_a_header(photos, words):
    lines = lines_of("gs://bucket/{name},{tag}")
    lines = [f"{words[number % 3]},{line}" for number, line in enumerate(lines)]
    tags, index, account = read(photos, lines)
    assert tags == expected() and "splits in column 1" in account.text()
    assert index.splits["val"] == ("002", "005", "008") and len(index.splits["train"]) == 4


def test_column_of_splits_that_are_not_assigned_is_no_tag(photos):
    _, index, _ = read(photos, lines_of("{name},UNASSIGNED,{tag}"))
    assert index.classes == ("cat", "dog") and len(index.splits["train"]) == 10


def test_vehicles_of_the_class_train_stay_tags(photos):
    assert read(photos, [f"{name},train" for name in NAMES])[1].classes == ("train",)


@pytest.mark.parametrize(("header", "tag"), [("file,animal,age", 3), ("file,age,animal,id", 7.5)])
def test_columns_of_numbers_are_no_tags_beside_one_of_texts(photos, header, tag):
    cells = {"file": "{name}", "animal": "{tag}", "age": "1{n}", "id": str(tag)}
    lines = lines_of(",".join(cells[name] for name in header.split(",")))
    tags, _, account = read(photos, [header, *lines])
    assert tags == expected() and "left out: 'age'" in account.text()


def test_column_of_class_numbers_is_left_out_beside_their_names(photos):
    tags, _, account = read(photos, ["image,label,class", *lines_of("{name},{dog},{tag}")])
    assert tags == expected() and "left out: 'label'" in account.text()


@pytest.mark.parametrize("cells", ["0.93,0.07", "3,2"])
def test_classes_with_other_numbers_than_one_and_zero_are_refused(photos, cells):
    with pytest.raises(UserError, match=r"which column .* \(cat, dog\).*columns of 1 and 0 are cl"):
        read(photos, ["image,cat,dog", *lines_of(f"{{name}},{cells}")])


def test_captions_are_no_tags_unless_they_are_named(photos):
    lines = ["file_name,text", *lines_of("{name},A {tag} on a mat")]
    with pytest.raises(UserError, match=r"which column holds the tags \(text\)"):
        read(photos, lines)
    assert read(photos, lines, tag_columns=["text"])[1].classes == (
        "A cat on a mat",
        "A dog on a mat",
    )


@pytest.mark.parametrize("form", ["images/{name},masks/{n}.png", "{name},{name}"])
def test_files_are_no_tags(photos, form):
    with pytest.raises(UserError, match=r"in labels\.csv line 2 is the name of a file.*--masks"):
        read(photos, ["image,label", *lines_of(form)])


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_table_in_utf16_without_a_mark_is_refused_by_name(photos, encoding):
    path = photos.parent / "labels.csv"
    path.write_text("\n".join(lines_of("{name},{tag}")), encoding=encoding)
    with pytest.raises(UserError, match=r"labels\.csv .*UTF-16.*save it as CSV"):
        read_table(photos, path)


@pytest.mark.parametrize("lines", [[""], ["image,labels"]])
def test_table_without_a_row_is_refused_by_name(photos, lines):
    with pytest.raises(UserError, match=r"labels\.csv has no row; a table has a line for each"):
        read(photos, lines)
