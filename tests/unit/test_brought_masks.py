"""Masks as people have them: values that are no classes, moved palettes, colours."""

import json
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from tests.conftest import check_done, check_refused
from wsss.brought.account import Account
from wsss.brought.checks import find_unusable
from wsss.brought.drawn_masks import draw_masks
from wsss.brought.folder_settings import FolderSettings
from wsss.brought.mask_colours import convert_mask, read_table, voc_table
from wsss.brought.mask_doubts import EMPTY, note_mask_doubts
from wsss.data.colours import class_colours
from wsss.data.file_cache import FileCache
from wsss.data.images import read_labels, voc_palette
from wsss.datasets.dataset_file import HEAD
from wsss.datasets.folder import read_folder
from wsss.export.registry import FORMATS
from wsss.export.settings import ExportSettings
from wsss.run.errors import UserError
from wsss.run.methods import load
from wsss.score.confusion import confusion, summary
from wsss.score.curve import ThresholdCurve

CLASSES = ("bird", "cat", "dog")
TRUTH = np.zeros((6, 8), np.uint8)
TRUTH[1:4, 2:6] = 1
"""where the object is"""


@pytest.fixture
def photos(tmp_path):
    """A folder for each of three classes, with four photos each."""
    rng = np.random.default_rng(0)
    for name in CLASSES:
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(4):
            pixels = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{name}{number}.png")
    return tmp_path / "photos"


def write_masks(photos, values, palette=None, ending=".png"):
    """A mask of each photo, whose object has the value of its class (class -> value)."""
    folder = photos.parent / "masks"
    for path in photos.glob("*/*.png"):
        mask = Image.fromarray(TRUTH * np.uint8(values[path.parent.name]))
        if palette is not None:
            mask.putpalette(palette)
        folder.mkdir(exist_ok=True)
        mask.save(folder / f"{path.stem}{ending}", format="PNG")
    return folder


def describe(photos, **settings):
    index, account = read_folder("x", photos, FolderSettings(**settings))
    note_mask_doubts(index, account, FileCache(photos))
    assert not find_unusable(index)
    return account


@pytest.mark.parametrize("kept", ["val", "train"])
def test_photos_without_a_mask_are_told_by_split(photos, kept):
    values = {name: number for number, name in enumerate(CLASSES, start=1)}
    masks = write_masks(photos, values)
    index, account = read_folder("x", photos, FolderSettings(masks=str(masks)))
    assert len(index.splits["val"]) == 3 and not any("masks of" in note for note in account.notes)
    for photo in index.photos.values():
        if photo.id not in index.splits[kept]:
            (masks / f"{photo.id.split('__')[1]}.png").unlink()
    (told,) = [note for note in describe(photos, masks=str(masks)).notes if "masks of" in note]
    if kept == "val":
        assert told == "masks of 0 of the 9 photos that train, and of 3 of the 3 of val"
    else:
        assert "9 of the 9 photos that train, and of 0 of the 3 of val, so that" in told
        assert "no score" in told and "--splits" in told and "--val-share 0" in told


@pytest.mark.parametrize("value", [255, 0])
def test_masks_without_any_class_are_refused(photos, value):
    masks = write_masks(photos, dict.fromkeys(CLASSES, value))
    with pytest.raises(UserError, match=r"no mask holds a class: .*convert_masks\.py"):
        describe(photos, masks=str(masks))


@pytest.mark.parametrize("missing", ["bird", "dog"])
def test_tagged_class_that_no_mask_shows_is_told(photos, missing):
    values = {name: number for number, name in enumerate(CLASSES, start=1)}
    masks = write_masks(photos, {**values, missing: 255})
    account = describe(photos, masks=str(masks))
    (cases,) = account.problems.values()
    assert cases == [f"'{missing}' (4 photos)"]


@pytest.mark.parametrize("value", [0, 255])
def test_tagged_photos_whose_mask_shows_no_class_are_told(photos, value):
    masks = write_masks(photos, {name: n for n, name in enumerate(CLASSES, start=1)})
    Image.fromarray(TRUTH * np.uint8(value)).save(masks / "cat0.png")
    assert describe(photos, masks=str(masks)).problems == {
        EMPTY: [f"cat/cat0.png: {'0, 255' if value else '0'}"]
    }


@pytest.mark.parametrize("form", ["{}.png.png", "{}_mask.png", "{}_segmentation.png"])
def test_masks_that_are_called_after_their_photos_are_found(photos, form):
    masks = write_masks(photos, {name: n for n, name in enumerate(CLASSES, start=1)})
    for path in list(masks.iterdir()):
        path.rename(masks / form.format(path.stem))
    assert describe(photos, masks=str(masks)).masks == 12


def test_several_masks_of_a_photo_are_not_guessed(photos):
    masks = write_masks(photos, {name: n for n, name in enumerate(CLASSES, start=1)})
    (masks / "cat0.png").rename(masks / "cat0_mask_0.png")
    (masks / "cat1.png").rename(masks / "cat0_mask_1.png")
    missing = describe(photos, masks=str(masks)).problems["photos without a mask"]
    assert missing == ["cat/cat0.png", "cat/cat1.png"]


@pytest.mark.parametrize("ending", [".jpg", ".tif"])
def test_folder_of_masks_of_other_endings_is_refused_with_them(photos, ending):
    masks = write_masks(photos, dict.fromkeys(CLASSES, 1), ending=ending)
    with pytest.raises(UserError, match=rf"the first PNG there: none, but \{ending} 12\)"):
        describe(photos, masks=str(masks))


@pytest.mark.parametrize(
    "values", [{"bird": 2, "cat": 3, "dog": 1}, {"bird": 1, "cat": 3, "dog": 2}]
)
def test_masks_in_another_order_of_classes_are_told(photos, values):
    account = describe(photos, masks=str(write_masks(photos, values)))
    wrong = sum(value != n for n, value in enumerate(values.values(), start=1))
    (cases,) = account.problems.values()
    assert len(cases) == 4 * wrong
    assert any("dog/dog0.png: '" in case for case in cases)


def test_right_masks_are_not_doubted(photos):
    values = {name: number for number, name in enumerate(CLASSES, start=1)}
    palette = voc_palette().ravel().tolist()
    for own in (None, palette):
        assert not describe(photos, masks=str(write_masks(photos, values, own))).problems


@pytest.mark.parametrize("moved", [{1: 2}, {1: 3, 2: 1}])
@pytest.mark.parametrize("colours", [voc_palette(), class_colours(("background", *CLASSES))])
def test_palette_with_the_colours_of_other_values_is_told_and_converted(photos, moved, colours):
    """Saving again numbers the colours anew: value 1 then has the colour of another one."""
    palette = colours.copy()
    for value, other in moved.items():
        palette[value] = colours[other]
    masks = write_masks(photos, dict.fromkeys(CLASSES, 1), palette.ravel().tolist())
    told = describe(photos, masks=str(masks)).text()
    assert f"bird0.png: 1 has the colour of {moved[1]}" in told and "palette was changed" in told
    converted = convert_mask(masks / "bird0.png", voc_table(3))
    assert np.array_equal(converted, TRUTH * moved[1])


def write_table(tmp_path, text):
    (tmp_path / "labelmap.txt").write_text(text)
    return tmp_path / "labelmap.txt"


def test_colours_are_read_by_a_table_of_cvat(tmp_path):
    table = write_table(
        tmp_path,
        "# label:color_rgb:parts:actions\nbackground:0,0,0::\ndog:10,20,30::\ncat:30,20,10::\n"
        "ignore:255,255,255::\n",
    )
    truth = np.arange(48).reshape(6, 8) % 4
    colours = np.array([(0, 0, 0), (10, 20, 30), (30, 20, 10), (255, 255, 255)], np.uint8)
    labels = np.array([0, 3, 2, 255])[truth]
    image = Image.fromarray(colours[truth])
    for name, form in (("a.png", image), ("b.png", image.quantize(4)), ("c.png", image)):
        form.save(tmp_path / name)
        found = convert_mask(tmp_path / name, read_table(table, CLASSES))
        assert np.array_equal(found, labels)


@pytest.mark.parametrize(("line", "value"), [("cat: 255", 255), ("cat: 1", 1)])
def test_values_are_read_by_a_table(tmp_path, line, value):
    table = read_table(write_table(tmp_path, f"background: 0\n{line}\n"), CLASSES)
    Image.fromarray(TRUTH * np.uint8(value)).save(tmp_path / "m.png")
    assert np.array_equal(convert_mask(tmp_path / "m.png", table), TRUTH * 2)
    Image.fromarray(TRUTH * np.uint8(7)).save(tmp_path / "m.png")
    with pytest.raises(UserError, match=r"m\.png has the colour 7, which the table lacks"):
        convert_mask(tmp_path / "m.png", table)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no line"),
        ("cat\n", "line 1 is 'cat'"),
        ("cta: 1\n", "did you mean 'cat'"),
        ("cat: 1\ndog:1,2,3::\n", "one kind"),
    ],
)
def test_wrong_table_of_colours_is_refused(tmp_path, text, told):
    with pytest.raises(UserError, match=told):
        read_table(write_table(tmp_path, text), CLASSES)


def test_script_converts_masks_that_new_dataset_refuses(photos, stage, tmp_path):
    masks = write_masks(photos, dict.fromkeys(CLASSES, 255))
    words = ["new_dataset", photos, "--name", "pets", "--out", tmp_path / "p.yaml"]
    check_refused(stage(*words, "--masks", masks), "no mask holds a class")
    check_done(stage(*words))
    table = write_table(tmp_path, "background: 0\ncat: 255\n")
    more = ["--config", tmp_path / "p.yaml", "--table", table, "--out", tmp_path / "new"]
    check_done(stage("convert_masks", masks, *more))
    assert np.array_equal(read_labels(tmp_path / "new" / "cat0.png"), TRUTH * 2)


@pytest.mark.parametrize("form", ["labelme", "coco", "cvat", "label_studio"])
def test_exports_become_masks_again(photos, stage, tmp_path, form):
    """As masks that people drew in these tools, of which few photos have some."""
    index, _ = read_folder("x", photos, FolderSettings())
    drawn = [(photo_id, TRUTH * 2) for photo_id in list(index.photos)[:2]]
    (tmp_path / "drawn").mkdir()
    settings = ExportSettings(tolerance=0)
    load(FORMATS[form].code)(index, drawn, tmp_path / "drawn", settings)
    config = {"data_root": str(photos), "folder": {"classes": list(CLASSES)}}
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(config))
    more = ["--config", tmp_path / "p.yaml", "--out", tmp_path / "new"]
    assert "2 masks in" in check_done(stage("convert_masks", tmp_path / "drawn", *more)).stdout
    for photo_id, labels in drawn:
        made = tmp_path / "new" / Path(index.photos[photo_id].image).with_suffix(".png")
        assert np.array_equal(read_labels(made), labels)


def test_drawings_that_cannot_be_used_are_named(photos, tmp_path):
    shape = {"label": "cow", "points": [[0, 0], [3, 0], [3, 3]], "shape_type": "polygon"}
    for name, text in (("bird0", {"shapes": [shape]}), ("none", {"shapes": []})):
        (tmp_path / "drawn").mkdir(exist_ok=True)
        (tmp_path / f"drawn/{name}.json").write_text(json.dumps(text))
    with pytest.raises(UserError, match=r"2 masks cannot be used: .*none.*'cow'"):
        list(draw_masks(tmp_path / "drawn", photos, CLASSES))


def test_converted_masks_replace_no_mask(photos, stage, tmp_path):
    masks = write_masks(photos, dict.fromkeys(CLASSES, 255))
    (tmp_path / "p.yaml").write_text("folder: {classes: [cat, dog]}")
    table = write_table(tmp_path, "background: 0\ncat: 255\n")
    words = ["convert_masks", masks, "--config", tmp_path / "p.yaml", "--table", table, "--out"]
    check_refused(stage(*words, masks), "holds the masks")
    for _ in range(2):
        assert "12 masks" in check_done(stage(*words, masks / "new")).stdout
    shutil.copy(masks / "cat0.png", masks / "cat0.PNG")
    check_refused(stage(*words, tmp_path / "new"), "would replace", "cat0.PNG")
    (tmp_path / "empty").mkdir()
    check_refused(stage(*words[:1], tmp_path / "empty", *words[2:], tmp_path / "c"), "no .png")
    (tmp_path / "p.yaml").write_text("folder: 3")
    check_refused(stage(*words, tmp_path / "new"), "no folder.classes")


def test_masks_in_colours_are_refused_with_the_way_out(tmp_path):
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "m.png")
    with pytest.raises(UserError, match=r"m\.png has mode RGB.*convert_masks\.py"):
        read_labels(tmp_path / "m.png")


@pytest.mark.parametrize("ending", [".PNG", ".Png"])
def test_ending_of_masks_may_be_of_capitals(photos, ending):
    values = {name: number for number, name in enumerate(CLASSES, start=1)}
    masks = write_masks(photos, values, ending=ending)
    assert describe(photos, masks=str(masks)).masks == 12


@pytest.mark.parametrize("folder", ["masks #2", "2024", "masks: {a}"])
def test_paths_are_taken_as_they_are_typed(photos, stage, tmp_path, folder):
    values = {name: number for number, name in enumerate(CLASSES, start=1)}
    write_masks(photos, values).rename(tmp_path / folder)
    words = ["new_dataset", photos, "--name", "pets", "--out", tmp_path / "p.yaml"]
    check_done(stage(*words, "--masks", tmp_path / folder))
    made = yaml.safe_load((tmp_path / "p.yaml").read_text())
    assert made["folder"]["masks"] == str(tmp_path / folder)


@pytest.mark.parametrize("text", ["shards: 2\n", "", json.dumps({"data_root": "x"})])
def test_configuration_of_something_else_is_not_overwritten(photos, stage, tmp_path, text):
    (tmp_path / "config.yaml").write_text(text)
    check_refused(stage("new_dataset", photos, "--out", tmp_path / "config.yaml"), "exists and is")
    assert (tmp_path / "config.yaml").read_text() == text


def test_configuration_keeps_own_sections_and_the_order_of_classes(photos, stage, tmp_path):
    out, table = tmp_path / "mine.yaml", tmp_path / "t.csv"
    table.write_text("image,labels\ncat0.png,cat\ndog0.png,dog\n")
    words = ["new_dataset", photos, "--tags", table, "--out", out]
    check_done(stage(*words))
    made = yaml.safe_load(out.read_text())
    made["folder"]["classes"], made["walk"] = ["dog", "cat"], {"long_side": 512}
    out.write_text(HEAD + yaml.safe_dump(made))
    table.write_text("image,labels\ncat0.png,cat;ape\ndog0.png,dog\n")
    assert "as you added it: walk\n" in check_done(stage(*words)).stdout
    again = yaml.safe_load(out.read_text())
    assert again["folder"]["classes"] == ["dog", "cat", "ape"]
    assert again["walk"] == {"long_side": 512}
    told = check_done(stage(*words, "--classes", "[ape, cat, dog]", "--val-share", "0.5")).stdout
    assert "no longer" not in told
    assert "no longer in" in check_done(stage("new_dataset", photos, "--out", out)).stdout
    check_done(stage(*words, "--classes", "[ape, cat, dog]"))
    assert yaml.safe_load(out.read_text())["folder"]["classes"] == ["ape", "cat", "dog"]


def test_configuration_of_another_folder_is_not_overwritten(photos, stage, tmp_path):
    words = ["--name", "mine", "--out", tmp_path / "mine.yaml"]
    check_done(stage("new_dataset", photos, *words))
    check_done(stage("new_dataset", photos, *words))
    photos.rename(tmp_path / "照片")
    refused = stage("new_dataset", tmp_path / "照片", *words)
    check_refused(refused, "mine.yaml exists and is for the photos in")


def test_maps_without_a_true_pixel_of_any_class_have_no_score():
    curve = ThresholdCurve(("background", *CLASSES))
    curve.add(np.array([1]), np.ones((1, 6, 8)), np.zeros((6, 8), np.uint8))
    assert curve.summary()["miou"] is None and "oracle" not in curve.summary()


@pytest.mark.parametrize("predicted", [0, 255])
def test_score_without_a_true_pixel_of_any_class_has_no_mean(predicted):
    truth = TRUTH * np.uint8(255)
    matrix = confusion(np.full_like(truth, predicted), truth, 4)
    figures = summary(matrix, ("background", *CLASSES))
    assert figures["miou"] is None and figures["without_truth"] == list(CLASSES)


def test_doubts_are_the_same_from_the_cache(photos):
    values = {name: number for number, name in enumerate(CLASSES, start=1)}
    masks = write_masks(photos, {**values, "cat": 3})
    index, _ = read_folder("x", photos, FolderSettings(masks=str(masks)))
    cache, told = FileCache(photos), []
    for _ in range(2):
        account = Account()
        note_mask_doubts(index, account, cache)
        told.append(dict(account.problems))
    assert told[0] == told[1] and len(told[0]) == 2


def write_16_bits(photos, values):
    """Masks of 16 bits, whose object has the value of its class."""
    folder = photos.parent / "masks"
    folder.mkdir()
    for path in photos.glob("*/*.png"):
        mask = TRUTH.astype(np.uint16) * values[path.parent.name]
        Image.fromarray(mask.astype(np.uint16)).save(folder / path.name)
    return folder


def test_masks_of_16_bits_are_read(photos):
    values = {name: number for number, name in enumerate(CLASSES, start=1)}
    masks = write_16_bits(photos, values)
    assert not describe(photos, masks=str(masks)).problems
    assert np.array_equal(read_labels(masks / "dog0.png"), 3 * TRUTH)


@pytest.mark.parametrize("value", [256, 21_001])
def test_values_of_16_bits_are_refused_and_converted(photos, tmp_path, value):
    masks = write_16_bits(photos, dict.fromkeys(CLASSES, value))
    with pytest.raises(UserError, match=rf"dog0\.png holds the value {value}.*convert_masks\.py"):
        read_labels(masks / "dog0.png")
    table = read_table(write_table(tmp_path, f"background: 0\ncat: {value}\n"), CLASSES)
    assert np.array_equal(convert_mask(masks / "dog0.png", table), 2 * TRUTH)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_masks_in_another_form_of_unicode_or_case_are_found(tmp_path, form):
    other = {"NFC": "NFD", "NFD": "NFC"}[form]
    for folder in ("photos/Käfer", "photos/Ameise", "masks"):
        (tmp_path / folder).mkdir(parents=True)
    for number, name in enumerate(("Käfer", "Ameise")):
        for letter in "ÄÖ":
            photo = unicodedata.normalize(form, f"{letter}{number}.JPG")
            grey = np.full((6, 8, 3), 100 * number + (letter == "Ä") * 50, np.uint8)
            Image.fromarray(grey).save(tmp_path / "photos" / name / photo)
            mask = unicodedata.normalize(other, f"{letter}{number}.png").lower()
            Image.fromarray(TRUTH * np.uint8(2 - number)).save(tmp_path / "masks" / mask)
    assert describe(tmp_path / "photos", masks=str(tmp_path / "masks")).masks == 4


@pytest.mark.parametrize("lower", [True, False])
def test_masks_that_differ_only_in_case_are_told_apart(tmp_path, lower):
    for folder in ("photos/cat", "masks"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("A", "a"):
        grey = np.full((6, 8, 3), ord(name), np.uint8)
        Image.fromarray(grey).save(tmp_path / f"photos/cat/{name}.png")
        if lower or name == "A":
            Image.fromarray(TRUTH).save(tmp_path / f"masks/{name}.png")
    settings = FolderSettings(masks=str(tmp_path / "masks"), val_share=0.5)
    index, _ = read_folder("x", tmp_path / "photos", settings)
    masks = {photo.image: photo.mask for photo in index.photos.values()}
    assert masks["cat/A.png"] == "../masks/A.png" and bool(masks["cat/a.png"]) == lower


@pytest.mark.parametrize("orientation", [6, 8])
def test_mask_without_the_turn_of_its_photo_is_told(photos, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = Image.fromarray(np.zeros((6, 8, 3), np.uint8))
    photo.save(photos / "cat" / "cat0.png", exif=exif)
    masks = write_masks(photos, {name: n for n, name in enumerate(CLASSES, start=1)})
    index, _ = read_folder("x", photos, FolderSettings(masks=str(masks)))
    (told,) = find_unusable(index)
    assert "cat0.png is 8 x 6 pixels but its photo is 6 x 8; turn the mask as EXIF" in told
