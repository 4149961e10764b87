"""The report's pictures and page: layers read back, nothing that a name holds is executed, tables
of several recipes.
"""

import base64
import csv
import io
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import write_record
from wsss.data.images import IGNORE, voc_palette
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.data.maps import MapReader, ScoreMap
from wsss.data.photo import Photo
from wsss.report.assembly import describe_layers
from wsss.report.comparison import (
    compare_recipes,
    comparison_csv,
    comparison_figure,
    comparison_table,
)
from wsss.report.cost import Cost, cost_of
from wsss.report.coverage import measure_areas, summarise_coverage
from wsss.report.curves import training_curve
from wsss.report.gallery import colour_labels, find_outlines, heat_layer, save_photo
from wsss.report.links import describe_files, link_from
from wsss.report.page import pack_page, page
from wsss.report.photos import Layer, choose_photos
from wsss.report.summary import Sources, summary_of
from wsss.run.errors import UserError

EVIL = "</script><script>alert(1)</script><b onclick='x'>\"&"


def test_layers_are_transparent_at_background_and_ignored_pixels():
    drawn = Image.fromarray(np.array([[0, 1, IGNORE]], np.uint8))
    labels = colour_labels(drawn, voc_palette()).convert("RGBA")
    assert labels.getpixel((0, 0))[3] == 0
    assert labels.getpixel((1, 0)) == (*voc_palette()[1], 255) and labels.getpixel((2, 0)) == (
        255,
        255,
        255,
        255,
    )
    item = ScoreMap(
        "prob", np.array([0, 3]), np.array([[[0.0, 1.0]], [[1.0, 0.0]]], np.float32), (10, 20)
    )
    heat = heat_layer(item)
    assert heat.size == (2, 1)
    red, blue = (heat.convert("RGBA").getpixel((x, 0)) for x in (0, 1))
    assert red[3] > blue[3] and red[0] > blue[0]
    nothing = ScoreMap("cam", np.zeros(0, int), np.zeros((0, 2, 2), np.float32), (4, 4))
    assert heat_layer(nothing).size == (2, 2)


def test_photos_are_reduced_but_not_enlarged(tmp_path):
    photo = np.zeros((300, 1000, 3), np.uint8)
    save_photo(tmp_path / "a", photo, 500, np.ones((300, 1000), np.uint8), voc_palette())
    assert Image.open(tmp_path / "a" / "photo.jpg").size == (500, 150)
    thumb = Image.open(tmp_path / "a" / "thumb.jpg")
    assert (
        thumb.size == (160, 48) and thumb.getpixel((80, 24))[0] > 50
    )  # under the colour of the label
    save_photo(tmp_path / "b", photo[:20, :30], 500, None, voc_palette())
    assert Image.open(tmp_path / "b" / "photo.jpg").size == (30, 20)


def test_too_many_photos_are_sampled_and_reported():
    photos = {f"p{k}": Photo(f"p{k}", f"p{k}.jpg", (1,)) for k in range(20)}
    index = Index(
        "d",
        ("a",),
        "/",
        photos,
        {"train": tuple(list(photos)[:15]), "val": tuple(list(photos)[15:])},
    )
    everything, said = choose_photos(index, ["train", "val"], 20)
    assert [photo.id for _, photo in everything] == list(photos) and said == ""
    some, said = choose_photos(index, ["train", "val"], 6)
    assert (
        len({photo.id for _, photo in some}) == 6 and said == "6 of 20 photos, sampled at random."
    )


@pytest.fixture
def chain(tmp_path):
    """The folders, scores and model of a recipe with an evil name."""
    folder = tmp_path / "cam-12345678"
    (folder / "scores").mkdir(parents=True)
    model = folder / "model.safetensors"
    model.write_bytes(b"12345")
    history = [
        {"epoch": k, "loss": 2.0 - k, "lr": 0.1, "seeded": 0.5, "supervised": 0.5} for k in range(2)
    ]
    (folder / "model.safetensors.json").write_text(json.dumps({"history": history}))
    write_record(
        model,
        stage="stages/train_classifier.py",
        method="cam",
        settings={EVIL: EVIL},
        versions={"torch": "2"},
    )
    (folder / "model.safetensors.run.json").write_text(
        json.dumps({"seconds": 60, "core_seconds": 90, "peak_mb": 7, "host": "h"})
    )
    score = {
        "what": "labels",
        "split": "train",
        "images": 2,
        "miou": 40.0,
        "precision": 50.0,
        "recall": 60.0,
        "per_class": {"background": 60.0, EVIL: None},
        "without_truth": [EVIL],
        "interval": [35.0, 45.0],
        "boundary_miou": 20.0,
        "frequency_weighted_iou": 55.0,
        "confusion": [[8, 2, 0], [5, 5, 0]],
        "foreground": {
            "recall": 50.0,
            "precision": 71.4,
            "right_class": 50.0,
            "background_bias": 15.0,
        },
        "shares": {
            "background": {"true": 50.0, "given": 65.0},
            EVIL: {"true": 50.0, "given": 35.0},
        },
    }
    for name, more in (
        ("train", {"miou": 30.0, "oracle": {"miou": 33.0}, "threshold": 0.2}),
        ("val", {"split": "val"}),
    ):
        (folder / "scores" / f"{name}.json").write_text(json.dumps({**score, **more}))
    return Sources(
        "what it is",
        {"cams": str(folder), "predict": str(folder)},
        {"cams": str(folder / "scores/train.json")},
        {"cams": str(model)},
        {"predict": str(folder / "scores/val.json")},
    )


def test_page_says_what_the_network_leaves_out(chain, tmp_path):
    labels = {
        "miou": 60.0,
        "split": "train",
        "what": "labels",
        "shares": {
            "background": {"true": 50.0, "given": 20.0},
            EVIL: {"true": 50.0, "given": 80.0},
        },
    }
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(labels))
    chain.scores["round2.labels"], chain.trained_on = str(path), "round2.labels"
    assert summary_of("r", chain)["vanishing"] == [f"{EVIL} (35.00 of 80.00 %)"]
    html = render_page(chain)
    assert "Half of what the labels have" in html and "Of the foreground 50.0 % is found" in html
    assert (
        "15.0 points more of the pixels" in html and "true % of pixels" in html and EVIL not in html
    )


def test_page_holds_the_picture_of_point_clouds(chain, tmp_path):
    assert "Scenes" not in render_page(chain)
    path = tmp_path / "clouds.png"
    Image.new("RGB", (4, 3), (1, 2, 3)).save(path)
    chain.clouds = str(path)
    (inside,) = set(re.findall('src="data:image/png;base64,([^"]+)"', render_page(chain)))
    assert base64.b64decode(inside) == path.read_bytes()


def test_page_draws_the_figures_of_rounds(chain, tmp_path):
    assert "By round" not in render_page(chain)
    for number in (1, 2):
        path = tmp_path / f"labels{number}.json"
        path.write_text(json.dumps({"what": "labels", "split": "train", "miou": 60.0 + number}))
        chain.scores[f"round{number}.labels"] = str(path)
    html = render_page(chain)
    assert html.count("By round") == 2 and "labels (mIoU on train)" in html


def test_summary_has_gains_and_costs(chain):
    summary = summary_of("r", chain)
    cams, predict = summary["stages"]
    assert (cams["miou"], cams["gain"], cams["oracle"], cams["method"]) == (30.0, None, 33.0, "cam")
    assert (predict["miou"], predict["gain"]) == (40.0, None)  # of other photos
    assert (
        cams["cost"] == Cost(60, 90, 7, 5)
        and cams["supervised"]
        and cams["curve"].startswith("<svg")
    )
    assert cost_of("nowhere") is None


def test_layers_say_their_method_and_whether_they_have_outlines(tmp_path):
    maps = Layer("cams", "a.png", MapReader([]))
    labels, saliency = LabelFolder([tmp_path]), LabelFolder([tmp_path])
    layers = [maps, Layer("predict", "b.png", labels), Layer("sal", "c.png", saliency, grey=True)]
    stages = [{"name": "cams", "method": "seam"}, {"name": "predict", "method": "flips"}]
    told = describe_layers({"train": layers}, {"stages": stages})["train"]
    assert [layer["method"] for layer in told] == ["seam", "flips", ""]
    assert [layer["outlined"] for layer in told] == [False, True, False]


def test_gain_compares_only_dense_stages_on_train(tmp_path):
    scores = {
        "cams": ("maps", "train", 30.0),
        "seeds": ("seeds", "train", 20.0),
        "labels": ("labels", "train", 35.0),
    }
    for step, (what, split, miou) in scores.items():
        (tmp_path / step).write_text(json.dumps({"what": what, "split": split, "miou": miou}))
    paths = {step: str(tmp_path / step) for step in scores}
    gains = [stage["gain"] for stage in summary_of("r", Sources("", paths, paths))["stages"]]
    assert gains == [None, None, 5.0]


def test_cost_counts_only_artifacts_of_the_chain(tmp_path):
    def make(name, seconds, began):
        (tmp_path / name).mkdir(parents=True)
        note = {"seconds": seconds, "core_seconds": seconds, "peak_mb": seconds}
        (tmp_path / f"{name}.run.json").write_text(json.dumps(note))
        write_record(tmp_path / name, method=name.split("/")[0])
        for path in (tmp_path / name).parent.glob(f"{Path(name).name}*"):
            os.utime(path, (began, began))

    for name in (
        "instances/train/0-of-2",
        "masks/all/0-of-2",
        "predictions/train/0-of-2",
        "predictions/val/0-of-4",
    ):
        make(name, 1000, began=1e9)
    make("predictions/val/0-of-2", 3, began=2e9)
    make("predictions/val/1-of-2", 4, began=2e9)
    assert cost_of(tmp_path) == Cost(7, 7, 4, 0)
    assert (
        summary_of("r", Sources("", {"predict": str(tmp_path)}))["stages"][0]["method"]
        == "predictions"
    )


def test_cost_of_an_interrupted_training_is_that_of_all_its_starts(chain):
    note = Path(chain.folders["cams"]) / "model.safetensors.run.json"
    figures = json.loads(note.read_text())
    figures["measured"] = {"earlier": {"seconds": 40, "core_seconds": 10}}
    note.write_text(json.dumps(figures))
    assert cost_of(chain.folders["cams"]) == Cost(100, 100, 7, 5)
    figures["measured"] = {"earlier": {"seconds": "40"}}
    note.write_text(json.dumps(figures))
    with pytest.raises(UserError, match="cannot be read"):
        cost_of(chain.folders["cams"])


def test_curve_uses_page_colours_and_is_repeatable():
    history = [{"epoch": 0, "loss": 1.5}, {"epoch": 1, "loss": 1.0}]
    curve = training_curve(history)
    assert "currentColor" in curve and "#010203" not in curve and curve == training_curve(history)


def render_page(chain, photos=()):
    gallery = {
        "labels": ["background", EVIL],
        "about": "",
        "steps": ["cams"],
        "photos": list(photos),
        "recipes": [],
    }
    head = {
        "dataset": EVIL,
        "split": "val",
        "labels": ("background", EVIL),
        "command": EVIL,
        "make": EVIL,
        "about": "",
        "files": [{"what": EVIL, "path": EVIL, "link": EVIL}],
    }
    summaries = [summary_of(EVIL, chain), summary_of("full", chain)]
    return page(
        summaries,
        gallery,
        head,
        {"miou": 80.0, "per_class": {}},
    )


def test_names_are_escaped_in_the_page(chain):
    html = render_page(chain)
    assert html.count("<script") == html.count("</script>") == 2 and "<b onclick" not in html
    start = html.index('id="gallery">') + len('id="gallery">')
    assert json.loads(html[start : html.index("</script>", start)])["labels"][1] == EVIL
    assert "50 % of full supervision" in html.replace("\n", " ") and not re.findall(
        r"https?://(?!www.w3.org/)\S+", html
    )


def test_page_says_what_people_had_to_know(chain, monkeypatch):
    assert "Known of the training photos" not in render_page(chain)
    chain.known = "boxes, tags"
    assert "Known of the training photos: boxes, tags." in render_page(chain)
    monkeypatch.setattr("wsss.report.cost.count_corrected", lambda folders: 1)
    assert "photos: boxes, tags, corrected masks of 1 photo." in render_page(chain)
    assert "with themselves" not in render_page(chain)
    chain.known = "masks of 5 % of the photos, tags"
    assert "compares these with themselves" in render_page(chain)


def test_report_without_masks_says_what_is_known(chain):
    chain.final, chain.scores = {}, {}
    head = {
        "dataset": "d",
        "split": "val",
        "labels": ("background", "a", "b"),
        "command": "",
        "make": "",
    }
    coverage = summarise_coverage(
        [((1, 2), {0: 60.0, 1: 40.0}), ((1,), {0: 100.0})], head["labels"]
    )
    html = page(
        [{**summary_of("r", chain), "coverage": coverage}],
        {"photos": []},
        {**head, "files": [], "about": ""},
    )
    assert "1 of 3 <small>tags are found" in html and "cover 20.0 %" in html
    assert "<h2>Summary" in html and "Confusion" not in html and "no score" not in html


def test_coverage_counts_tags_photos_and_areas():
    masks = [((1, 2), {0: 60.0, 1: 40.0}), ((1,), {0: 100.0}), ((), {2: 10.0, 255: 90.0})]
    found = summarise_coverage([*masks, ((1,), None)], ("background", "a", "b"))
    assert (found["photos"], found["tags"], found["found"]) == (3, 3, 1)
    assert found["area"] == pytest.approx((40 + 0 + 10) / 3)
    first, second = found["classes"]
    assert first == {"name": "a", "tagged": 2, "found": 1, "untagged": 0, "area": 40.0}
    assert second == {"name": "b", "tagged": 1, "found": 0, "untagged": 1, "area": 10.0}
    assert summarise_coverage([((1,), None)], ("background", "a")) is None


def test_areas_are_percent_of_the_photo():
    labels = np.array([[0, 0, 1], [0, 255, 1]], np.uint8)
    assert measure_areas(labels) == {0: 50.0, 1: 33.33, 255: 16.67}


def test_outlines_follow_borders_between_labels():
    labels = np.zeros((12, 20), np.uint8)
    labels[:, 8:14], labels[:, 14:] = 1, 2
    lines = find_outlines(labels)
    assert lines[5].tolist() == [0] * 8 + [1, 1, 0, 0, 1, 1, 2, 2] + [0] * 4


def test_links_are_relative_and_quoted(tmp_path):
    page_path, photo = tmp_path / "results/r/index.html", tmp_path / "a b#<.jpg"
    page_path.parent.mkdir(parents=True)
    photo.touch()
    assert link_from(page_path, photo) == "../../a%20b%23%3C.jpg"
    there, missing = describe_files(page_path, [f"x={photo}", "y=nowhere"])
    assert there["link"] == "../../a%20b%23%3C.jpg" and missing["link"] is None


def test_a_single_file_holds_the_worst_photos(chain, tmp_path):
    photos = [
        {"n": n, "iou": [iou], "apart": [0.0], "benefit": [None], "name": EVIL}
        for n, iou in enumerate((50.0, None, 3.0))
    ]
    for photo in photos:
        save_photo(
            tmp_path / "pictures" / str(photo["n"]),
            np.full((8, 8, 3), 9, np.uint8),
            8,
            None,
            voc_palette(),
        )
    (tmp_path / "index.html").write_text(render_page(chain, photos))
    html = pack_page(tmp_path, 2)
    start = html.index('id="gallery">') + len('id="gallery">')
    gallery = json.loads(html[start : html.index("</script>", start)])
    assert [photo["n"] for photo in gallery["photos"]] == [2, 0] and "2 of 3 photos" in gallery[
        "about"
    ]
    assert set(gallery["inside"]) == {
        f"pictures/{n}/{name}.jpg" for n in (0, 2) for name in ("photo", "thumb")
    }
    assert gallery["inside"]["pictures/2/photo.jpg"].startswith("data:image/jpeg;base64,")


def test_recipes_are_compared_with_full_supervision(chain):
    chain.trained_on = "cams"
    half = summary_of("half", chain)
    full = summary_of("full", Sources("", {}, {}, {}, chain.final))
    full["final"]["miou"] = 80.0
    bare = summary_of("bare", Sources(folders={"cams": "nowhere"}))
    rows = compare_recipes([half, full, bare], "full")
    assert [row.share_of_full for row in rows] == [50.0, 100.0, None]
    assert [row.labels for row in rows] == [30.0, None, None]  # of what its network learned from
    table = list(csv.DictReader(io.StringIO(comparison_csv(rows, ["cams"]))))
    assert (
        table[0]["cams_train"] == "30.00" and table[0]["val"] == "40.00" and table[2]["val"] == ""
    )
    text = comparison_table(rows, ["cams"], "d", "val")
    assert "| half | 30.0 | **40.0** | 35.0 to 45.0 | 50 % | 2.0 | 7 |" in text
    assert [len(axes.patches) for axes in comparison_figure(rows, "d").axes] == [2]
