"""The check of masks in a real browser: the order, badges as filters, marks, fixed tags, and the
table that is saved, which new_dataset.py reads.
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.browser.test_in_browser import EVIL, Watched, captions
from tests.conftest import check_done
from wsss.brought.fixes import read_fixes
from wsss.data.confidence import Confidence, write_table
from wsss.data.images import write_grey, write_labels
from wsss.data.index import Index
from wsss.data.photo import Photo

pytestmark = pytest.mark.browser
CLASSES = ("cat", EVIL, "=a;b")
EMPTY, LOST, STRANGE = 0, 1, 2
"""the photos with an empty mask, a lost tag, and a class without a tag"""


@pytest.fixture(scope="module")
def checked(tmp_path_factory, run_stage):
    """The folder of a report, `report/index.html`, and of its single file, `one.html`, of twelve
    photos whose masks were checked; the more certain, the later.
    """
    folder = tmp_path_factory.mktemp("checked")
    for name in ("photos/sub", "masks", "confidence/all/0-of-1", "step"):
        (folder / name).mkdir(parents=True)
    (folder / "step/masks/all").mkdir(parents=True)
    masks, confidence = folder / "step/masks/all/0-of-1", folder / "confidence/all/0-of-1"
    masks.mkdir()
    photos, rows = {}, {}
    for n in range(12):
        name = "=p0 ü.jpg" if n == 0 else f"sub/p{n}.jpg"
        Image.new("RGB", (60, 40), (20 * n, 99, 99)).save(folder / "photos" / name)
        mask = np.zeros((40, 60), np.uint8)
        mask[10:30, 20:40] = 0 if n == EMPTY else 1
        write_labels(masks / f"p{n}.png", mask)
        write_grey(confidence / f"p{n}.png", np.full((40, 60), 0.5 + 0.04 * n))
        sees = {2: 5.0} if n == STRANGE else {}
        rows[f"p{n}"] = Confidence(50.0 + 4 * n, 30.0 + 5 * n, sees)
        photos[f"p{n}"] = Photo(f"p{n}", name, (1, 3) if n == LOST else (1,))
    write_table(confidence, rows)
    splits = {"train": tuple(list(photos)[:9]), "val": (), "rest": tuple(list(photos)[9:])}
    splits["all"] = tuple(photos)
    Index("mine", CLASSES, str(folder / "photos"), photos, splits).save(folder / "i.json")
    index = ["--index", folder / "i.json"]
    out = ["--table", folder / "c.csv", "--text", folder / "c.txt", "--out", folder / "c.json"]
    given = ["--masks", masks, "--confidence", confidence]
    check_done(run_stage("check_photos", *index, *given, *out))
    shown = [
        f"r/{step}/{split}={path}"
        for split in ("train", "rest")
        for step, path in (("masks", masks), ("confidence", confidence))
    ]
    made = ["--page", folder / "report/index.html", "--pictures", folder / "report/pictures"]
    words = ["--recipes", "r", "--steps", "masks", "confidence", "--folders", f"r/predict={folder}"]
    words += ["--artifacts", *shown, "--check", f"r={folder / 'c.json'}"]
    check_done(run_stage("write_report", *index, *words, *made))
    check_done(run_stage("pack_report", *made, "--single-file", 5, "--out", folder / "one.html"))
    return folder


def titles(page):
    return page.locator("#grid button img").evaluate_all("all => all.map(i => i.alt)")


def button(page, text):
    return page.locator("#check button", has_text=text)


def save(page, folder):
    """The table that the page saves, and its path."""
    with page.expect_download() as download:
        button(page, "save").click()
    assert download.value.suggested_filename == "mine_fixes.csv"
    download.value.save_as(folder / "fixes.csv")
    return (folder / "fixes.csv").read_text()


def test_photos_to_check_come_first_and_badges_filter(browser, checked):
    with Watched(browser, checked / "report/index.html") as page:
        assert page.locator("#count").inner_text() == "12 photos"
        assert titles(page)[-1] == "sub/p11.jpg" and set(titles(page)[:2]) == {
            "=p0 ü.jpg",
            "sub/p1.jpg",
        }
        assert "gain" in captions(page)[titles(page).index("=p0 ü.jpg")]
        button(page, "class without tag 1").click()
        assert titles(page) == ["sub/p2.jpg"]
        button(page, "class without tag 1").click()
        button(page, "tag not found 2").click()
        assert set(titles(page)) == {"=p0 ü.jpg", "sub/p1.jpg"}
        page.locator("#grid button").first.click()
        assert "points" in page.locator("#facts").inner_text()
        assert button(page, "stages disagree 0").is_disabled()


def test_marks_and_fixed_tags_are_saved_as_a_table_that_is_read(browser, checked, tmp_path):
    with Watched(browser, checked / "report/index.html") as page:
        assert button(page, "save").is_disabled()
        page.select_option("#by-order", label="name")
        page.locator("#grid button").first.click()
        page.keyboard.press("w")
        for place in ("sub/p1.jpg", "sub/p10.jpg", "sub/p11.jpg"):
            page.keyboard.press("ArrowDown")
            assert page.locator("#title").inner_text() == place
            # the first has the tag, the second gets it, the third loses its only one
            page.locator("#fix label", has_text="cat" if place == "sub/p11.jpg" else "=a;b").click()
        page.keyboard.press("ArrowDown")
        page.locator("#fix label", has_text="wrong").click()
        page.locator("#fix label", has_text="wrong").click()  # taken back
        page.keyboard.press("Escape")
        save(page, tmp_path)
    fixes = {fix.row.image: fix for fix in read_fixes(tmp_path / "fixes.csv")}
    assert set(fixes) == {"=p0 ü.jpg", "sub/p1.jpg", "sub/p10.jpg", "sub/p11.jpg"}
    assert fixes["=p0 ü.jpg"].wrong and not fixes["=p0 ü.jpg"].fixes_tags
    tags = {name: fix.row.tags for name, fix in fixes.items() if fix.fixes_tags and not fix.wrong}
    both = ("cat", "=a;b")
    assert tags == {"sub/p1.jpg": ("cat",), "sub/p10.jpg": both, "sub/p11.jpg": ()}


def test_the_saved_table_is_taken_by_new_dataset(browser, checked, stage, tmp_path):
    labels = tmp_path / "labels.csv"
    lines = [f"sub/p{n}.jpg,cat" for n in range(1, 12)]
    labels.write_text("\n".join(["image,labels", "=p0 ü.jpg,dog", *lines]))
    with Watched(browser, checked / "report/index.html") as page:
        button(page, "class without tag").click()
        page.locator("#grid button").first.click()
        page.locator("#fix label", has_text=EVIL).click()
        page.keyboard.press("w")
        page.keyboard.press("Escape")
        save(page, tmp_path)
    words = [checked / "photos", "--labels", labels, "--fixes", tmp_path / "fixes.csv"]
    made = check_done(stage("new_dataset", *words, "--name", "mine", "--out", tmp_path / "m.yaml"))
    assert "photos whose tags were fixed: 1" in made.stdout and EVIL in made.stdout
    assert "marked as wrong" in made.stdout and "sub/p2.jpg" in made.stdout


def test_marks_outlast_the_page_until_masks_are_made_again(browser, checked, tmp_path):
    page_of = checked / "report/index.html"
    watched = Watched(browser, page_of)
    with watched as page:
        page.locator("#grid button").first.click()
        page.keyboard.press("w")
        page.reload()
        assert button(page, "marked wrong 1").is_enabled()
        button(page, "marked wrong 1").click()
        assert page.locator("#count").inner_text() == "1 photo"
        text = Path(page_of).read_text()
        page_of.write_text(text.replace('"benefit":[', '"benefit":[1', 1))
        page.reload()
        page_of.write_text(text)
        assert button(page, "marked wrong 0").is_disabled()


@pytest.mark.parametrize("name", ["report/index.html", "one.html"])
@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1600, "light")])
def test_the_check_fits_windows_of_any_width(browser, checked, name, width, scheme):
    with Watched(browser, checked / name, width, scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator("#grid button").first.click()
        box = page.locator("#fix").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        assert EVIL in page.locator("#fix").inner_text()
