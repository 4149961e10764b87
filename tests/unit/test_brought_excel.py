"""Excel files as people have them: several sheets, hidden ones, merged cells, numbers as names."""

import pytest

from tests.unit.brought_tables import NAMES, animal, expected, read_table, write_photos

openpyxl = pytest.importorskip("openpyxl")


@pytest.fixture
def photos(tmp_path):
    """Ten photos."""
    return write_photos(tmp_path / "photos")


def save(photos, book):
    """Save a workbook beside the photos, and read it."""
    book.save(photos.parent / "t.xlsx")
    return read_table(photos, photos.parent / "t.xlsx")


def fill(sheet, tag=animal, header=("image", "labels")):
    sheet.append(header)
    for number, name in enumerate(NAMES):
        sheet.append([name, tag(number)])


@pytest.mark.parametrize("first", [["These are", "the labels of 2024"], ["cat", "yes"]])
def test_sheet_with_photos_is_read_and_told(photos, first):
    book = openpyxl.Workbook()
    book.active.append(first)
    fill(book.create_sheet("tags"))
    tags, _, account = save(photos, book)
    assert tags == expected() and "t.xlsx: of 2 sheets 'tags' was read" in account.text()


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_not_read(photos, state):
    book = openpyxl.Workbook()
    fill(book.active, tag=lambda number: "cow")
    book.active.sheet_state = state
    fill(book.create_sheet("tags"))
    book.active = 1
    assert save(photos, book)[0] == expected()


def test_merged_tags_are_of_all_their_photos(photos):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["labels", "image"])
    for number, name in enumerate(NAMES):
        sheet.append([("cat" if number == 0 else "dog") if number in (0, 6) else None, name])
    sheet.merge_cells("A2:A7")
    sheet.merge_cells("A8:A11")
    tags = save(photos, book)[0]
    assert tags == {name: ["cat"] if number < 6 else ["dog"] for number, name in enumerate(NAMES)}


def test_merged_photo_has_all_tags_beside_it(photos):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["image", "labels"])
    for name in NAMES:
        sheet.append([name, "cat"])
        sheet.append([None, "dog"])
        sheet.merge_cells(f"A{sheet.max_row - 1}:A{sheet.max_row}")
    assert set(map(tuple, save(photos, book)[0].values())) == {("cat", "dog")}


@pytest.mark.parametrize("title", ["Labels", None])
def test_merged_title_above_the_header_is_left_out(photos, title):
    book = openpyxl.Workbook()
    book.active.append([title])
    book.active.merge_cells("A1:C1")
    fill(book.active)
    assert save(photos, book)[0] == expected()


@pytest.mark.parametrize("number", [int, float])
def test_names_that_excel_took_for_numbers_are_found(photos, number):
    book = openpyxl.Workbook()
    book.active.append(["image", "cat", "dog"])
    for n, name in enumerate(NAMES):
        book.active.append([number(name[:3]), n % 2 == 0, n % 2 == 1])
    tags, _, account = save(photos, book)
    assert tags == expected() and "is 000.jpg" in account.text()
