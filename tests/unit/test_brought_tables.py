"""Tables as people have them: columns, one-hot tables, words for nothing, separators, names."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.unit.brought_tables import NAMES, animal, expected, read, write_photos
from wsss.brought.checks import check_index
from wsss.brought.doubtful_tags import NEGATIVE, SEVERAL_TAGS
from wsss.brought.folder_settings import FolderSettings
from wsss.brought.table_lines import guess_separator
from wsss.brought.table_rows import ABSENT, UNCERTAIN
from wsss.brought.tag_tables import read_tags
from wsss.datasets.folder import read_folder
from wsss.run.errors import UserError


@pytest.fixture
def photos(tmp_path):
    """Ten photos."""
    return write_photos(tmp_path / "photos")


@pytest.mark.parametrize(
    ("yes", "no"), [("1", "0"), ("True", "False"), ("1.0", "0.0"), ("x", ""), ("1", "-1")]
)
def test_columns_of_yes_and_no_are_classes(photos, yes, no):
    lines = ["filename,cat,dog"]
    for number, name in enumerate(NAMES):
        cells = (no, yes) if number % 2 else (yes, no)
        lines.append(f"{name},{','.join(cells)}")
    tags, _, account = read(photos, lines)
    assert tags == expected()
    assert "a class for each column of yes and no: 'cat', 'dog'" in account.text()


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("filename,width,height,class,xmin", "{name},640,480,{tag},12"),
        ("image,labels,confidence,note", "{name},{tag},0.9,blurred"),
        (",image,labels", "{number},{name},{tag}"),
        ("Unnamed: 0,label,image_path", "{number},{tag},{name}"),
        ("id,image_path,label", "{number},{name},{tag}"),
        ("label,image_path", "{tag},{name}"),
        ("Image Index,Finding Labels,Patient Age", "{name},{tag},58"),
        ("image,animal,width", "{name},{tag},640"),
        ("image,label_1,label_2", "{name},{tag},"),
    ],
)
def test_only_columns_that_mean_tags_are_tags(photos, header, row):
    lines = [header]
    for number, name in enumerate(NAMES):
        lines.append(row.format(name=name, number=number, tag=animal(number)))
    tags, _, account = read(photos, lines)
    assert tags == expected()
    for column in ("width", "confidence", "note", "Patient Age"):
        assert (f"'{column}'" in account.text()) == (column in header)


@pytest.mark.parametrize("header", ["image,animal,habitat", "image,width,height"])
def test_unclear_columns_are_refused_and_can_be_named(photos, header):
    lines = [header, *(f"{name},{animal(n)},wood" for n, name in enumerate(NAMES))]
    with pytest.raises(UserError, match=r"labels\.csv: it is not clear which column.*tag-columns"):
        read(photos, lines)
    tags, _, _ = read(photos, lines, tag_columns=[header.split(",")[1]])
    assert tags == expected()


def test_cells_beyond_the_header_go_on_with_the_tags(photos):
    lines = ["image,labels", *(f"{name},cat,dog" for name in NAMES)]
    assert set(map(tuple, read(photos, lines)[0].values())) == {("cat", "dog")}


@pytest.mark.parametrize(
    ("column", "words"), [("split", ("train", "val")), ("Set", ("Training", "valid"))]
)
def test_column_of_splits_splits(photos, column, words):
    lines = [f"image,labels,{column}"]
    for number, name in enumerate(NAMES):
        split = "test" if number == 9 else words[number % 3 == 0]
        lines.append(f"{name},{animal(number)},{split}")
    _, index, account = read(photos, lines)
    assert index.classes == ("cat", "dog") and index.splits["val"] == ("000", "003", "006")
    assert "009" in index.splits["rest"] and len(index.splits["train"]) == 6
    assert "in neither train nor val: 1 photo of the split test" in account.text()


@pytest.mark.parametrize("cell", ['"cat\ndog"', "cat\u2028dog", '"cat\r\ndog"'])
def test_line_breaks_in_a_cell_separate_tags_and_lines_keep_their_numbers(photos, cell):
    lines = [f"{name},{cell}" for name in NAMES]
    tags, _, account = read(photos, [*lines, "nowhere.jpg,cat"])
    assert set(map(tuple, tags.values())) == {("cat", "dog")}
    breaks = "\n" in cell
    assert f"line {21 if breaks else 11}: 'nowhere.jpg'" in account.text()


def test_quote_that_is_not_closed_is_refused_with_its_line(photos):
    with pytest.raises(UserError, match=r"line 2: .*quote"):
        read(photos, ["000.jpg,cat", '001.jpg,"dog', "002.jpg,cat"])


@pytest.mark.parametrize("word", ["nan", "None", "-", "Background", "N/A"])
def test_words_for_nothing_are_no_tags(photos, word):
    lines = [f"{name},{word if number > 7 else 'cat'}" for number, name in enumerate(NAMES)]
    tags, index, account = read(photos, lines)
    assert index.classes == ("cat",) and tags["008.jpg"] == []
    assert "words that mean no tag (add one to folder.classes if it is a class): 2" in (
        account.text()
    )
    if word != "Background":
        _, index, _ = read(photos, lines, classes=("cat", word))
        assert index.photos["008"].tags == (2,)


@pytest.mark.parametrize("other", ["Cat", "CAT"])
def test_spellings_of_one_tag_are_told_and_joined_by_a_switch(photos, other):
    lines = [f"{name},{other if number < 4 else 'cat'}" for number, name in enumerate(NAMES)]
    _, index, account = read(photos, lines)
    assert len(index.classes) == 2 and f"'{other}' (4) and 'cat' (6)" in account.text()
    _, index, account = read(photos, lines, join_spellings=True)
    assert index.classes == ("cat",) and f"'{other}' is 'cat'" in account.text()


@pytest.mark.parametrize(("wrong", "right"), [("bycicle", "bicycle"), ("aple", "Apple")])
def test_misspelt_tags_are_told_and_renamed(photos, wrong, right):
    lines = [f"{name},{wrong if number < 2 else right}" for number, name in enumerate(NAMES)]
    assert f"'{wrong}' (2) and '{right}' (8)" in read(photos, lines)[2].text()
    assert read(photos, lines, rename={wrong: right})[1].classes == (right,)


@pytest.mark.parametrize("separator", [" ", "/", "#"])
def test_tags_that_look_like_several_are_told_and_split_by_the_separator(photos, separator):
    lines = ["image,labels"]
    for number, name in enumerate(NAMES):
        lines.append(f"{name},{('cat', 'dog', f'cat{separator}dog')[number % 3]}")
    _, index, account = read(photos, lines)
    assert len(index.classes) == 3 and f"'cat{separator}dog' (3)" in account.text()
    assert read(photos, lines, separator=separator)[1].classes == ("cat", "dog")


@pytest.mark.parametrize("separator", ["、", "，"])
def test_chinese_separators_separate(photos, separator):
    assert read(photos, [f"{name},猫{separator}狗" for name in NAMES])[1].classes == ("狗", "猫")


@pytest.mark.parametrize("cell", ["tench, Tinca tinca", "cat|feline"])
def test_split_cells_are_told_with_an_example_and_can_stay_whole(photos, cell):
    lines = [f"{name};{cell}" for name in NAMES]
    _, index, account = read(photos, lines)
    assert len(index.classes) == 2 and "(10 cells)" in account.text()
    assert f'labels.csv line 1: "{cell}" is ' in account.text()
    assert read(photos, lines, separator="none")[1].classes == (cell,)


@pytest.mark.parametrize("where", ["file", "column"])
def test_photo_in_two_splits_is_refused(photos, where):
    splits = ["000.jpg,train", "001.jpg,val", "000.jpg,val"]
    if where == "column":
        lines = ["image,labels,split", *(line.replace(",", ",cat,") for line in splits)]
        with pytest.raises(UserError, match=r"'000\.jpg' into train and, in .* line 4, into val"):
            read(photos, lines)
        return
    (photos.parent / "splits.csv").write_text("\n".join(splits))
    lines = [f"{name},cat" for name in NAMES]
    with pytest.raises(UserError, match=r"'000\.jpg' into train and, in .* line 3, into val"):
        read(photos, lines, splits=str(photos.parent / "splits.csv"))


@pytest.mark.parametrize("tagged", [6, 8])
def test_photo_of_val_needs_no_tag(photos, tagged):
    lines = [f"{name},cat" for name in NAMES[:tagged]]
    splits = [f"{name},{'train' if number < 6 else 'val'}" for number, name in enumerate(NAMES)]
    (photos.parent / "splits.csv").write_text("\n".join([*splits[1:], splits[0]]))
    _, index, _ = read(photos, lines, splits=str(photos.parent / "splits.csv"))
    assert index.splits["val"] == ("006", "007", "008", "009")
    assert index.splits["train"] == tuple(f"00{number}" for number in range(6))


def test_photo_that_shall_train_without_tags_is_told(photos):
    splits = [f"{name},{'val' if number > 7 else 'train'}" for number, name in enumerate(NAMES)]
    (photos.parent / "splits.csv").write_text("\n".join(splits))
    lines = [f"{name},cat" for name in NAMES[1:]]
    _, _, account = read(photos, lines, splits=str(photos.parent / "splits.csv"))
    assert account.problems["photos that are to train but have no row of tags"] == ["000.jpg"]


@pytest.mark.parametrize(
    "form",
    [
        "/abs/p/{}.jpg",
        "images/{}.jpg",
        "C:\\data\\{}.jpg",
        "https://example.org/photos/{}.jpg?size=2",
        "/data/upload/1/0a1b2c3d-{}.jpg",
        "/data/local-files/?d=set%20one/{}.jpg",
        "s3://bucket/{}.jpg",
        "{}.png",
        "masks/{}.PNG",
    ],
)
def test_photo_is_found_by_the_end_of_its_name(photos, form):
    lines = [f"{form.format(name[:3])},{animal(n)}" for n, name in enumerate(NAMES)]
    tags, _, account = read(photos, ["image,labels", *lines])
    assert tags == expected()
    told = account.text()
    assert "10 rows were found by the end of their name" in told and "line 2" in told


def test_end_of_a_name_does_not_take_the_photo_of_another_row(photos):
    """Photos of two folders under the same names, of which one folder is missing."""
    lines = [*(f"{name},cat" for name in NAMES), *(f"other/{name},dog" for name in NAMES)]
    _, index, account = read(photos, lines)
    assert index.classes == ("cat",) and len(account.problems["rows without a photo"]) == 10
    lines = [*(f"one/{name},cat" for name in NAMES[:5]), *(f"two/{name},dog" for name in NAMES)]
    _, index, account = read(photos, lines)
    assert index.classes == ("dog",) and len(account.problems["rows without a photo"]) == 10


def test_refused_table_is_told_with_the_heading_of_the_first_problem(photos):
    with pytest.raises(UserError, match=r"no photo has a tag.*rows without a photo: .*'x\.jpg'"):
        read(photos, ["x.jpg,cat"])


def coco(**more):
    """COCO's JSON of ten photos with a cat each."""
    images = [{"id": n, "file_name": name} for n, name in enumerate(NAMES)]
    found = [{"image_id": n, "category_id": 7} for n in range(10)]
    whole = {"images": images, "categories": [{"id": 7, "name": "cat"}], "annotations": found}
    for key, items in more.items():
        whole[key] = [*whole[key], *items]
    return whole


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"annotations": [{"image_id": 99, "category_id": 7}]}, "an image that is not listed"),
        ({"annotations": [{"image_id": 1, "category_id": 8}]}, "a category that is not listed"),
        ({"annotations": [{"image_id": "1", "category_id": "7"}]}, ""),
        ({"images": [{"id": 50}]}, "images without an id or a name"),
        ({"annotations": ["nonsense"]}, "an image that is not listed"),
    ],
)
def test_coco_with_wrong_entries_is_read_and_they_are_told(photos, more, told):
    tags, _, account = read(photos, [json.dumps(coco(**more))], "labels.json")
    assert set(map(tuple, tags.values())) == {("cat",)} and told in account.text()
    assert bool(account.problems.get("photos with several rows, whose tags are joined")) is False


@pytest.mark.parametrize("stale", ["IMG_1.jpg", "a.jpg"])
def test_stale_filename_of_an_xml_gives_way_to_the_name_of_the_file(photos, stale):
    folder = photos.parent / "xml"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        (folder / f"{name[:3]}.xml").write_text(
            f"<annotation><filename>{stale}</filename>"
            f"<object><name>{animal(number)}</name></object></annotation>"
        )
    index, account = read_folder("x", photos, FolderSettings(tags=str(folder)))
    assert len(index.photos) == 10 and index.classes == ("cat", "dog")
    assert account.classes == {"cat": 5, "dog": 5}


def test_xml_with_another_name_is_matched_by_its_filename(photos):
    folder = photos.parent / "xml"
    folder.mkdir()
    for name in NAMES:
        text = f"<annotation><filename>{name}</filename><object><name>cat</name></object>"
        (folder / f"annotation{name[:3]}.xml").write_text(f"{text}</annotation>")
    assert read_folder("x", photos, FolderSettings(tags=str(folder)))[1].classes == {"cat": 10}


@pytest.mark.parametrize("encoding", ["klingon", "utf-7"])
def test_xml_in_an_unknown_encoding_is_refused_by_name(tmp_path, encoding):
    (tmp_path / "a.xml").write_text(f"<?xml version='1.0' encoding='{encoding}'?><annotation/>")
    with pytest.raises(UserError, match=r"a\.xml cannot be read"):
        read_tags(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_table_with_a_byte_order_mark_is_read(tmp_path, encoding):
    (tmp_path / "t.csv").write_text("image;labels\nä.jpg;Käfer\n", encoding=encoding)
    (row,) = read_tags(tmp_path / "t.csv")
    assert (row.image, row.tags) == ("ä.jpg", ("Käfer",))


def test_table_in_an_old_encoding_is_refused_with_its_line(tmp_path):
    (tmp_path / "t.csv").write_text("image;labels\na.jpg;Hund\nb.jpg;Käfer\n", encoding="cp1252")
    with pytest.raises(UserError, match=r"t\.csv is not in UTF-8, in line 3; save it as CSV in"):
        read_tags(tmp_path / "t.csv")


def test_json_lines_and_lists_of_objects_are_tables(photos):
    objects = []
    for number, name in enumerate(NAMES):
        objects.append({"file_name": name, "labels": [animal(number)], "width": 3})
    lines = [json.dumps(item) for item in objects]
    assert read(photos, lines, "metadata.jsonl")[0] == expected()
    assert read(photos, [json.dumps(objects)], "list.json")[0] == expected()
    lines = [json.dumps({"image": name, "choice": animal(n)}) for n, name in enumerate(NAMES)]
    assert read(photos, lines, "a.ndjson")[0] == expected()
    choices = '{{""choices"":[""cat"",""dog""]}}'
    lines = ["image,id,choice", *(f'{name},1,"{choices.format()}"' for name in NAMES)]
    assert set(map(tuple, read(photos, lines)[0].values())) == {("cat", "dog")}


def test_excel_is_read_as_a_table(photos):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["image", "labels", "width"])
    for number, name in enumerate(NAMES):
        book.active.append([name, animal(number), 640])
    book.save(photos.parent / "t.xlsx")
    path = str(photos.parent / "t.xlsx")
    index, account = read_folder("x", photos, FolderSettings(tags=path))
    assert index.classes == ("cat", "dog") and "left out: 'width'" in account.text()
    (photos.parent / "t.xlsx").write_bytes(b"PK\3\4 damaged")
    with pytest.raises(UserError, match=r"t\.xlsx cannot be read"):
        read_folder("x", photos, FolderSettings(tags=path))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", '{"photos": {"a.jpg": {"cat": 1}}}', "not COCO's JSON"),
        ("a.json", "3", "not COCO's JSON"),
        ("a.json", "[" * 100_000, "cannot be read"),
        ("a.xls", "", "not read; save it as CSV"),
        ("a.parquet", "", "not read; save it as CSV"),
        ("yolo/000.txt", "0 0.5 0.5 1 1", "YOLO's"),
        ("labelme/000.json", "{}", r"000\.json is not COCO's JSON"),
    ],
)
def test_table_that_is_not_read_is_named_with_what_is(tmp_path, name, text, told):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    with pytest.raises(UserError, match=told) as refused:
        read_tags(path if path.parent == tmp_path else path.parent)
    assert "CSV" in str(refused.value)


@pytest.mark.parametrize(("classes", "each"), [(5, 2), (40, 1)])
def test_many_small_classes_can_be_split(tmp_path, classes, each):
    lines = []
    for number in range(classes * each):
        Image.fromarray(np.full((2, 2, 3), 5 * number, np.uint8)).save(tmp_path / f"{number}.png")
        lines.append(f"{number}.png,class {number % classes}")
    (tmp_path / "t.csv").write_text("\n".join(lines))
    settings = FolderSettings(tags=str(tmp_path / "t.csv"), val_share=0.2)
    index, _ = read_folder("x", tmp_path, settings)
    assert len(index.splits["val"]) == round(classes * each / 5)


@pytest.mark.parametrize("words", [("cat", "dog"), ("1", "2")])
def test_tags_that_are_numbers_are_told(photos, words):
    lines = [f"{name},{words[number % 2]}" for number, name in enumerate(NAMES)]
    told = "tags that are numbers" in read(photos, lines)[2].text()
    assert told == (words == ("1", "2"))


@pytest.mark.parametrize("share", [None, 0])
def test_without_masks_all_photos_train(photos, share):
    lines = [f"{name},{animal(number)}" for number, name in enumerate(NAMES)]
    _, index, account = read(photos, lines, val_share=share)
    assert len(index.splits["train"]) == 10 and index.splits["val"] == ()
    assert account.text().startswith("10 photos, 10 with tags, 0 with masks; 10 in train, 0 in val")
    check_index(index)


def test_with_masks_a_fifth_is_for_val_unless_the_share_says_otherwise(photos):
    masks = photos.parent / "masks"
    masks.mkdir()
    for name in NAMES:
        Image.fromarray(np.ones((8, 12), np.uint8)).save(masks / f"{name[:3]}.png")
    lines = [f"{name},{animal(number)}" for number, name in enumerate(NAMES)]
    assert len(read(photos, lines, masks=str(masks))[1].splits["val"]) == 2
    index = read(photos, lines, masks=str(masks), val_share=0)[1]
    with pytest.raises(UserError, match="split 'val' of dataset 'x' is empty"):
        check_index(index)


@pytest.mark.parametrize(
    ("line", "separator"),
    [("cat,dog;0.jpg", ";"), ("a,b.jpg;cat", ";"), ("0.jpg,cat;dog", ","), ("0.jpg;cat,dog", ";")],
)
def test_separator_is_the_one_beside_the_photo(line, separator):
    assert guess_separator(f"{line}\n") == separator


@pytest.mark.parametrize("form", ["cat:{n}", "cat ({n})"])
def test_tags_with_counts_are_told(photos, form):
    lines = [f"{name},{form.format(n=number % 3)}" for number, name in enumerate(NAMES)]
    told = read(photos, lines)[2].text()
    assert f"(are they counts?): 3\n  '{form.format(n=0)}' (4)" in told


@pytest.mark.parametrize("form", ["-{}", "no {}", "ohne {}"])
def test_absent_tags_are_told_not_joined_and_left_out_by_renaming(photos, form):
    other = form.format("cat")
    lines = [f"{name},{'cat' if number < 6 else other}" for number, name in enumerate(NAMES)]
    account = read(photos, lines)[2]
    assert account.problems[NEGATIVE] == [f"'{other}' (4)"]
    assert len(read(photos, lines, join_spellings=True)[1].classes) == 2
    tags, index, _ = read(photos, lines, rename={other: "none"})
    assert index.classes == ("cat",) and tags["009.jpg"] == []


@pytest.mark.parametrize("between", [" ", "/"])
def test_tags_of_parts_that_recur_look_like_several(photos, between):
    cells = ("haze primary", "clear primary water", "haze water", "clear water", "haze clear")
    lines = ["image,tags"]
    lines += [f"{name},{cells[n % 5].replace(' ', between)}" for n, name in enumerate(NAMES)]
    told = read(photos, lines)[2].problems[SEVERAL_TAGS]
    assert len(told) == 5
    names = ("clear", "haze", "primary", "water")
    assert read(photos, lines, separator=between)[1].classes == names


def test_names_of_two_words_do_not_look_like_several(photos):
    names = ("traffic light", "stop sign", "traffic sign", "wine glass", "hot dog", "dog")
    lines = ["image,tags", *(f"{name},{names[n % 6]}" for n, name in enumerate(NAMES))]
    assert SEVERAL_TAGS not in read(photos, lines)[2].problems


@pytest.mark.parametrize("form", ["\ufeff{}", "{}\u200b", "\u200e{}\u200f"])
def test_characters_of_no_width_make_no_other_tag_or_photo(photos, form):
    lines = []
    for number, name in enumerate(NAMES):
        tag = form.format(animal(number)) if number > 4 else animal(number)
        lines.append(f"{form.format(name)},{tag}")
    assert read(photos, lines)[0] == expected()


@pytest.mark.parametrize("zero", ["0", "0.0"])
def test_tags_with_a_confidence_of_zero_are_absent(photos, zero):
    lines = ["ImageID,Source,LabelName,Confidence"]
    for number, name in enumerate(NAMES):
        for tag in ("cat", "dog"):
            lines.append(f"{name},human,{tag},{1 if animal(number) == tag else zero}")
    tags, _, account = read(photos, lines)
    assert tags == expected() and len(account.problems[ABSENT]) == 10
    assert "rows without tags, taken as background only" not in account.problems


@pytest.mark.parametrize("forms", [("1", "0", "-1"), ("1.0", "0.0", "-1.0")])
def test_minus_one_beside_zero_is_told(photos, forms):
    yes, no, unsure = forms
    lines = ["path,cat,dog"]
    for number, name in enumerate(NAMES):
        lines.append(f"{name},{(yes, no, unsure)[number % 3]},{(yes, no)[number % 2]}")
    assert read(photos, lines)[2].problems[UNCERTAIN] == ["'cat'"]


@pytest.mark.parametrize("form", ["{:d}", "{:.1f}"])
def test_photos_are_found_by_the_number_that_is_their_name(photos, form):
    lines = [f"{form.format(n)},{animal(n)}" for n in range(10)]
    tags, _, account = read(photos, ["id,labels", *lines])
    assert tags == expected() and "10 rows were found by the end of their name" in account.text()


def test_number_of_two_photos_is_not_guessed(photos):
    Image.fromarray(np.ones((8, 12, 3), np.uint8)).save(photos / "0001.jpg")
    _, _, account = read(photos, ["id,labels", *(f"{n},{animal(n)}" for n in range(10))])
    assert account.problems["rows that several photos fit"] == ["labels.csv line 3: '1'"]


@pytest.mark.parametrize("names", [("A.jpg", "a.jpg"), ("Ä/1.jpg", "ä/1.jpg")])
def test_names_that_differ_only_in_case_are_told_apart(tmp_path, names):
    root = tmp_path / "photos"
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((8, 12, 3), np.uint8)).save(root / name)
    tags, _, _ = read(root, [f"{name},{animal(n)}" for n, name in enumerate(names)])
    assert tags == {name: [animal(n)] for n, name in enumerate(names)}


@pytest.mark.parametrize("cell", ['{"width": 3, "note": "x"}', '[{"x": 1, "y": 2}]'])
def test_json_without_tags_is_refused_with_its_line(photos, cell):
    lines = [json.dumps({"image": name, "labels": json.loads(cell)}) for name in NAMES]
    with pytest.raises(UserError, match=r"a\.jsonl line 1 holds JSON .*key that is read: choices"):
        read(photos, lines, "a.jsonl")


@pytest.mark.parametrize("tag", ["tench, Tinca tinca", "cat|feline"])
def test_texts_in_a_list_of_json_stay_whole(photos, tag):
    lines = [json.dumps({"image": name, "labels": [tag, "fish"]}) for name in NAMES]
    assert read(photos, lines, "a.jsonl")[1].classes == tuple(sorted((tag, "fish")))


def test_manifest_of_sagemaker_is_read_without_its_metadata(photos):
    lines = []
    for number, name in enumerate(NAMES):
        about = {"class-name": animal(number), "confidence": 0.9, "human-annotated": "yes"}
        row = {"source-ref": f"s3://b/{name}", "animal": animal(number), "animal-metadata": about}
        lines.append(json.dumps(row))
    tags, _, account = read(photos, lines, "output.jsonl")
    assert tags == expected() and "left out: 'animal-metadata'" in account.text()
    assert read(photos, lines, "a.jsonl", tag_columns=["animal-metadata"])[0] == expected()


def test_json_whose_keys_name_no_photo_is_refused(photos):
    lines = [json.dumps({"what": "cat", "where": "here"})]
    with pytest.raises(UserError, match=r"none of its keys names the photos \(what, where\)"):
        read(photos, lines, "a.jsonl")


@pytest.mark.parametrize("form", ["0a1b2c3d-my_cat_{n}.jpg", "data/my%20cat%20({n}).jpg"])
def test_photos_with_blanks_are_found_by_what_tools_make_of_them(tmp_path, form):
    photos = write_photos(tmp_path / "photos", [f"my cat ({n}).jpg" for n in range(10)])
    lines = [f"{form.format(n=n)},{animal(n)}" for n in range(10)]
    tags = read(photos, ["image,labels", *lines])[0]
    assert tags == {f"my cat ({n}).jpg": [animal(n)] for n in range(10)}


@pytest.mark.parametrize("made", [[], [{"was_cancelled": True, "result": []}]])
def test_tasks_that_nobody_annotated_do_not_train(photos, made):
    tasks = []
    for number, name in enumerate(NAMES):
        result = [{"type": "choices", "value": {"choices": [animal(number)]}}]
        annotations = [{"result": result}] if number < 8 else made
        tasks.append({"data": {"image": f"/data/{name}"}, "annotations": annotations})
    _, index, _ = read(photos, [json.dumps(tasks)], "t.json")
    assert index.splits["rest"] == ("008", "009") and len(index.splits["train"]) == 8


@pytest.mark.parametrize("name", ["nowhere.csv", "nowhere.xml", "nowhere.json", "nowhere"])
def test_table_that_is_not_there_is_named(photos, name):
    settings = FolderSettings(tags=str(photos.parent / name))
    with pytest.raises(UserError, match=rf"there is no table .*{name} with tags; correct the path"):
        read_folder("x", photos, settings)
