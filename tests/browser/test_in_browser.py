"""The report in a real browser, from disk: filters, sorting, steps, outlines, links, keyboard, dark
and light, narrow and wide.
"""

import json
import shutil
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from PIL import Image

from wsss.data.images import write_labels
from wsss.data.index import Index
from wsss.data.maps import ScoreMap, map_writer
from wsss.data.photo import Photo

pytestmark = pytest.mark.browser
EVIL = "<img src=x onerror=alert(1)>"
CLASSES = ("cat", EVIL, "a very long name of a class that does not fit")


@pytest.fixture(scope="module")
def reports(tmp_path_factory, run_stage):
    """Made by the stages: `both`, two recipes with masks; `bare`, one without; each with its single
    file.
    """
    folder = tmp_path_factory.mktemp("report")
    rng = np.random.default_rng(0)
    photos = {}
    for k in range(24):
        name = f"p{k} ü{'<b>' if k == 3 else ''}.jpg"
        Image.fromarray(rng.integers(0, 255, (60, 90, 3), np.uint8)).save(folder / name)
        truth = np.zeros((60, 90), np.uint8)
        truth[20:40, 30 : 31 + 2 * k] = 1 + k % 3
        for kind in ("truth", "labels", "pred"):
            (folder / kind).mkdir(exist_ok=True)
        write_labels(folder / "truth" / f"p{k}.png", truth)
        write_labels(folder / "labels" / f"p{k}.png", np.roll(truth, k, axis=1))
        write_labels(folder / "pred" / f"p{k}.png", np.roll(truth, k // 2, axis=0))
        photos[f"p{k}"] = Photo(f"p{k}", name, (1 + k % 3,), {"mask": f"truth/p{k}.png"})
    splits = {"train": tuple(list(photos)[:18]), "val": tuple(list(photos)[18:])}
    with map_writer(folder / "maps.h5") as writer:
        for photo in photos.values():
            scores = rng.random((1, 4, 6)).astype(np.float32)
            writer.add(photo.id, ScoreMap("cam", np.array(photo.tags), scores, (60, 90)))
    Index("mine", CLASSES, str(folder), photos, splits).save(folder / "i.json")
    blind = {i: Photo(p.id, p.image, p.tags) for i, p in photos.items()}
    Index("mine", CLASSES, str(folder), blind, splits).save(folder / "blind.json")

    def run(script, *arguments):
        done = run_stage(script, *arguments)
        assert done.returncode == 0, done.stderr

    for name, what, split in (
        ("maps.h5", "maps", "train"),
        ("labels", "labels", "train"),
        ("pred", "labels", "val"),
    ):
        run(
            "score",
            "--what",
            what,
            "--index",
            folder / "i.json",
            "--split",
            split,
            "--artifact",
            folder / name,
            "--out",
            folder / f"{name}.json",
            "--counts",
            folder / f"{name}.npz",
        )
    stages = {"cams": "maps.h5", "labels": "labels", "predict": "pred"}
    for index in ("i", "blind"):
        run(
            "score_agreement",
            "--index",
            folder / f"{index}.json",
            "--artifacts",
            *(f"{step}={folder / path}" for step, path in stages.items()),
            "--table",
            folder / "a.txt",
            "--out",
            folder / "a.json",
        )

    def report(out, index, recipes, *scores):
        keys = [(recipe, step) for recipe, steps in recipes.items() for step in steps]
        run(
            "write_report",
            "--index",
            folder / index,
            "--recipes",
            *recipes,
            "--steps",
            *stages,
            "--about",
            *(f"{recipe}=about {EVIL}" for recipe in recipes),
            "--titles",
            f"cams=class maps {EVIL}",
            "labels=pseudo-labels",
            "--files",
            f"masks <b>={folder / 'pred'}",
            f"labels={folder / 'nowhere'}",
            "--folders",
            *(f"{r}/{step}={folder}" for r, step in keys),
            "--artifacts",
            *(f"{r}/{step}/train={folder / stages[step]}" for r, step in keys),
            *(f"{r}/predict/val={folder / 'pred'}" for r in recipes),
            "--agreement",
            *(f"{r}={folder / 'a.json'}" for r in recipes),
            "--page",
            folder / out / "index.html",
            "--pictures",
            folder / out / "pictures",
            *scores,
        )
        run(
            "pack_report",
            "--page",
            folder / out / "index.html",
            "--pictures",
            folder / out / "pictures",
            "--single-file",
            5,
            "--out",
            folder / f"{out}.html",
        )

    two = {"one": stages, "two": ("cams", "predict")}
    report(
        "both",
        "i.json",
        two,
        "--scores",
        f"one/cams/train={folder / 'maps.h5.json'}",
        f"one/labels/train={folder / 'labels.json'}",
        *(f"{r}/predict/val={folder / 'pred.json'}" for r in two),
    )
    report("bare", "blind.json", {"one": stages})
    return folder


class Watched:
    """A page, with all that it asked for outside and all that it complained of."""

    def __init__(self, browser, url, width=1600, scheme="light"):
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        self.page = self.context.new_page()
        self.bad = []
        self.page.on("console", lambda message: self.bad.append(message.text))
        self.page.on("pageerror", lambda error: self.bad.append(str(error)))
        self.page.on("dialog", lambda dialog: self.bad.append(dialog.message))
        self.page.on(
            "request",
            lambda request: (
                request.url.startswith(("file:", "data:")) or self.bad.append(request.url)
            ),
        )
        self.page.on("requestfailed", lambda request: self.bad.append(f"not there: {request.url}"))
        self.page.goto(f"file://{url}")

    def __enter__(self):
        return self.page

    def __exit__(self, *error):
        self.context.close()
        assert self.bad == []


def until(page, truth):
    """Waits until the JavaScript `truth` holds, at most ten seconds.

    Playwright's `wait_for_function` asks again by `eval` inside the page, which the page forbids.
    """
    end = time.monotonic() + 10
    while not page.evaluate(truth):
        assert time.monotonic() < end, f"never true: {truth}"
        page.wait_for_timeout(20)


def captions(page):
    return page.locator("#grid button span:first-of-type").all_inner_texts()


def shown(page):
    """What the viewer shows: the captions of its panes."""
    return page.locator("#panes figcaption").all_inner_texts()


def text_of(page, place):
    return page.locator(place).inner_text()


def test_filters_and_sorting(browser, reports):
    with Watched(browser, reports / "both/index.html") as page:
        assert page.locator("#count").inner_text() == "24 photos"
        figures = [float(text.removeprefix("IoU ")) for text in captions(page)]
        assert figures == sorted(figures) and len(set(figures)) > 3
        page.select_option("#by-order", label="best first, by IoU")
        assert [float(text.removeprefix("IoU ")) for text in captions(page)] == figures[::-1]
        page.select_option("#by-order", label="name")
        names = page.locator("#grid button").evaluate_all("all => all.map(b => b.title)")
        names = [name.split(" · ")[0] for name in names]
        assert names == sorted(names)
        page.select_option("#by-class", label=EVIL)
        assert page.locator("#count").inner_text() == "8 photos"
        page.select_option("#by-split", "val")
        assert page.locator("#count").inner_text() == "2 photos"
        page.select_option("#by-recipe", label="two")
        assert page.locator("#count").inner_text() == "2 photos"


def test_steps_and_keyboard(browser, reports):
    with Watched(browser, reports / "both/index.html") as page:
        page.select_option("#by-split", "train")
        page.locator("#grid button").first.click()
        page.locator("#steps button").last.click()
        last = ["one: true mask", "two: true mask"]
        assert page.locator("#viewer").is_visible() and shown(page) == last
        page.keyboard.press("ArrowLeft")
        assert [text.split(" (")[0] for text in shown(page)] == ["one: predict", "two: predict"]
        page.keyboard.press("ArrowLeft")
        assert (
            shown(page)[0].startswith("one: pseudo-labels")
            and "no pseudo-labels in this recipe" in shown(page)[1]
        )
        page.locator("#steps button").first.click()
        assert shown(page) == ["one: photo", "two: photo"]
        page.keyboard.press("ArrowRight")
        assert shown(page)[0].startswith("one: class maps <img")
        first = page.locator("#title").inner_text()
        page.keyboard.press("ArrowDown")
        second = page.locator("#title").inner_text()
        assert second != first and shown(page)[0].startswith("one: class maps")
        page.keyboard.press("ArrowUp")
        assert page.locator("#title").inner_text() == first
        page.locator("#opacity").fill("20")
        assert page.locator("#panes img + img").first.evaluate("e => e.style.opacity") == "0.2"
        sizes = page.locator("#panes img").evaluate_all(
            "all => all.map(i => i.complete && i.naturalWidth > 0)"
        )
        assert all(sizes) and len(sizes) == 4
        page.keyboard.press("Escape")
        assert not page.locator("#viewer").is_visible()


def test_outlines_take_the_place_of_filled_labels(browser, reports):
    with Watched(browser, reports / "both/index.html") as page:
        page.select_option("#by-split", "train")
        page.locator("#grid button").first.click()
        page.locator("#steps button").last.click()
        over = page.locator("#panes img + img").first
        assert over.get_attribute("src").endswith("truth.png")
        page.select_option("#mode", "outline")
        assert over.get_attribute("src").endswith("truth-outline.png")
        assert over.evaluate("e => e.style.opacity") == "1"
        page.keyboard.press("Escape")
        page.locator("#grid button").first.click()
        page.keyboard.press("o")
        assert over.get_attribute("src").endswith("truth.png")
        page.locator("#steps button").nth(1).click()
        page.select_option("#mode", "outline")  # score maps have no outlines
        assert "outline" not in over.get_attribute("src")
        until(page, "document.querySelector('#panes img + img').naturalWidth > 0")


def test_photo_is_not_darkened_under_its_labels(browser, reports):
    with Watched(browser, reports / "both/index.html") as page:
        page.locator("#grid button").first.click()
        photo = page.locator("#panes img").first
        assert photo.evaluate("e => getComputedStyle(e).filter") == "none"


def test_links_lead_to_files_that_are_there(browser, reports):
    with Watched(browser, reports / "both/index.html") as page:
        page.select_option("#by-order", label="name")
        for k in range(24):
            page.evaluate("document.getElementById('viewer').close()")
            page.locator("#grid button").nth(k).click()
            links = page.locator("#links a").evaluate_all("all => all.map(a => a.href)")
            assert len(links) == 2 and all(Path(unquote(urlsplit(x).path)).is_file() for x in links)
        files = page.locator("#files a").evaluate_all("all => all.map(a => a.href)")
        assert [Path(unquote(urlsplit(x).path)) for x in files] == [reports / "pred"]
        assert "not made yet" in text_of(page, "#files")


def test_close_button_stays_in_a_low_window(browser, reports):
    with Watched(browser, reports / "both/index.html", 390) as page:
        page.set_viewport_size({"width": 390, "height": 420})
        page.locator("#grid button").first.click()
        page.locator("#legend").scroll_into_view_if_needed()
        page.locator("#close").click(timeout=2000)
        assert not page.locator("#viewer").is_visible()


def test_cut_tables_have_a_cue_until_their_end(browser, reports):
    with Watched(browser, reports / "both/index.html", 390) as page:
        table = page.locator("#classes .scroll").first
        assert "cut" in table.get_attribute("class")
        table.evaluate("e => { e.scrollLeft = e.scrollWidth }")
        until(page, "!document.querySelector('#classes .scroll').matches('.cut')")
    with Watched(browser, reports / "both/index.html", 1600) as page:
        assert page.locator("#classes .cut").count() == 0


def test_photos_beyond_the_first_page_are_shown_on_demand(browser, reports):
    with Watched(browser, reports / "both/index.html") as page:
        assert page.locator("#more").is_hidden()  # 24 photos are one page
    many = json.loads(gallery_of(reports / "both/index.html"))
    many["photos"] = many["photos"] * 6
    text = (reports / "both/index.html").read_text()
    html = text.replace(
        gallery_of(reports / "both/index.html"), json.dumps(many).replace("<", "\\u003c")
    )
    (reports / "both/many.html").write_text(html)
    with Watched(browser, reports / "both/many.html") as page:
        assert len(captions(page)) == 60 and text_of(page, "#more") == "show more (84 left)"
        page.locator("#more").click()
        page.locator("#more").click()
        assert len(captions(page)) == 144 and page.locator("#more").is_hidden()


def gallery_of(path):
    text = path.read_text()
    start = text.index('id="gallery">') + len('id="gallery">')
    return text[start : text.index("</script>", start)]


def test_without_masks_photos_are_sorted_by_disagreement(browser, reports):
    with Watched(browser, reports / "bare/index.html") as page:
        score = page.locator("#score").inner_text()
        assert "tags are found" in score and "there is no mIoU" in score
        assert page.locator("#confusion").count() == 0 and "IoU" not in text_of(page, "#classes")
        assert "mean area where found" in text_of(page, "#classes")
        words = [text for text in captions(page) if text.startswith("differ by ")]
        apart = [float(text.removeprefix("differ by ").removesuffix(" %")) for text in words]
        assert apart == sorted(apart, reverse=True) and apart[0] > apart[-1]
        assert "pseudo-labels and predict of a photo overlap by 27 %" in text_of(
            page, "#about-order"
        )
        page.locator("#grid button").first.click()
        assert "truth" not in page.locator("#steps").inner_text()


@pytest.mark.parametrize("name", ["both/index.html", "both.html", "bare.html"])
@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1600, "light")])
def test_report_fits_windows_of_any_width(browser, reports, name, width, scheme):
    with Watched(browser, reports / name, width, scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        dark = page.evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(c => c < 60)"
        )
        assert dark == (scheme == "dark")
        for name in ("score", "gallery-section", "stages", "classes", "cost", "settings"):
            assert page.locator(f"#{name} h2").is_visible()
        scrolled = "all => all.filter(e => e.scrollHeight > e.clientHeight + 1 "
        scrolled += "&& getComputedStyle(e).overflowY != 'visible').length"
        assert page.locator("main *:not(.scroll)").evaluate_all(scrolled) == 0
        page.locator("#grid button").last.click()
        box = page.locator("#viewer").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        until(
            page,
            "[...document.querySelectorAll('#panes img')].every(i => i.complete && i.naturalWidth "
            "> 0)",
        )


def test_single_file_report_needs_no_other_file(browser, reports, tmp_path):
    shutil.copy(reports / "both.html", tmp_path / "alone.html")
    with Watched(browser, tmp_path / "alone.html") as page:
        assert "5 of 24 photos, the worst ones" in page.locator("#about-gallery").inner_text()
        assert page.locator("a", has_text="Files").count() == page.locator("#files").count() == 0
        page.locator("#grid button").first.click()
        until(
            page,
            "[...document.querySelectorAll('#panes img')].every(i => i.complete && i.naturalWidth "
            "> 0)",
        )
