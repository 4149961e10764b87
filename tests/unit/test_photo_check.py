"""Which photos to look at first: what a network expects of its masks, badges, the order, and how
that order is measured.
"""

import csv
import io

import numpy as np
import pytest

from wsss.brought.table_cells import CellSplitter
from wsss.brought.tables import clean
from wsss.data.cells import list_cell, text_cell
from wsss.data.confidence import Confidence, read_tables, write_table
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.report.check import COLUMNS, check_csv, check_text, tag_lines
from wsss.report.coverage import measure_areas, summarise_coverage
from wsss.report.photos import choose_photos
from wsss.run.errors import UserError
from wsss.score.bootstrap import Counts, count_pixels
from wsss.score.check import PhotoCheck, TagsFound, check_mask, measure_order, order_photos
from wsss.score.confidence import expected_iou, shares_without_tag
from wsss.score.confusion import confusion


def slow_expected_iou(labels, probabilities, tags):
    """Pixel by pixel, label by label."""
    values = []
    for label in sorted({*labels.ravel().tolist(), *tags}):
        hits = union = 0.0
        for row, column in np.ndindex(labels.shape):
            value = float(probabilities[label, row, column])
            own = labels[row, column] == label
            hits += value if own else 0
            union += 1 if own else value
        values.append(100 * hits / union if union else 0)
    return sum(values) / len(values)


@pytest.mark.parametrize("tags", [(), (2,), (1, 3)])
def test_expected_iou_is_that_of_a_loop(tags):
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(4), (6, 7)).transpose(2, 0, 1).astype(np.float32)
    probabilities[2] = 0
    labels = probabilities.argmax(axis=0).astype(np.uint8)
    found = expected_iou(labels, probabilities, tags)
    assert found == pytest.approx(slow_expected_iou(labels, probabilities, tags), abs=1e-4)


def test_expected_iou_is_the_mean_over_drawn_truths():
    """Of masks that are drawn by the probabilities themselves."""
    rng = np.random.default_rng(1)
    share = np.linspace(0.1, 0.9, 2500).reshape(50, 50)
    probabilities = np.stack([1 - share, share])
    labels = (share > 0.5).astype(np.uint8)
    drawn = []
    for _ in range(40):
        truth = (rng.random(share.shape) < share).astype(np.uint8)
        hits = [
            ((truth == k) & (labels == k)).sum() / ((truth == k) | (labels == k)).sum()
            for k in (0, 1)
        ]
        drawn.append(100 * np.mean(hits))
    assert expected_iou(labels, probabilities) == pytest.approx(np.mean(drawn), abs=0.5)


def test_a_certain_mask_is_expected_to_be_right_and_a_lost_tag_counts_nothing():
    labels = np.zeros((4, 4), np.uint8)
    labels[:2] = 1
    probabilities = np.stack([labels == 0, labels == 1, labels < 0]).astype(np.float32)
    assert expected_iou(labels, probabilities, (1,)) == 100
    assert expected_iou(labels, probabilities, (1, 2)) == pytest.approx(200 / 3)


def test_classes_without_a_tag_are_told_with_their_shares():
    untold = np.array([[0, 0, 1, 1], [2, 3, 3, 3]], np.uint8)
    assert shares_without_tag(untold, (1,)) == {2: 12.5, 3: 37.5}
    assert shares_without_tag(untold, (1, 2, 3)) == {}


def mask_of(*rows):
    return np.array(rows, np.uint8)


def test_badges_say_what_is_wrong_with_a_mask():
    half, empty = mask_of([0, 1], [0, 1]), mask_of([0, 0], [0, 0])
    assert check_mask(half, 3, (1,), None, half).badges == ()
    assert check_mask(half, 3, (1, 2), None, half).badges == ("not_found",)
    assert check_mask(empty, 3, (1,), None, None).badges == ("not_found", "empty")
    assert check_mask(empty, 3, None, None, None).badges == ("empty",)
    assert check_mask(empty, 3, (), None, None).badges == ()  # known to hold no class
    assert check_mask(half, 3, (1,), None, mask_of([1, 0], [1, 0])).badges == ("disagree",)
    sees = Confidence(90.0, 80.0, {2: 1.0})
    assert check_mask(half, 3, (1,), sees, half).badges == ("untagged",)
    speck = Confidence(90.0, 80.0, {2: 0.9})
    assert check_mask(half, 3, (1,), speck, half).badges == ()


def test_a_pseudo_label_that_says_nothing_is_not_compared():
    half = mask_of([0, 1], [0, 1])
    assert check_mask(half, 3, (1,), None, mask_of([255, 255], [255, 255])).agreement is None
    assert check_mask(half, 3, (1,), None, mask_of([255, 1], [255, 1])).agreement == 100


def test_photos_with_most_to_gain_come_first_and_unknown_ones_last():
    def known(expected=None, agreement=None):
        return PhotoCheck({0: 100.0}, (), None, expected, agreement)

    checks = {
        "sure": known(90, 90),
        "unknown": known(),
        "doubtful": known(60),
        "odd": known(90, 10),
        "also": known(60),
    }
    assert order_photos(checks) == ["odd", "also", "doubtful", "sure", "unknown"]
    assert checks["odd"].benefit == 50 and checks["doubtful"].benefit == 40
    assert checks["unknown"].benefit is None


def test_tenths_of_an_order_are_scored_by_true_masks():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, (20, 20)).astype(np.uint8)
    rows, order = {}, []
    for n in range(25):  # the n-th has so many wrong rows
        mask = truth.copy()
        mask[: 20 - n * 20 // 25] = 0
        order.append(f"p{n}")
        rows[f"p{n}"] = count_pixels(confusion(mask, truth, 3))
    tenths = measure_order(["not scored", *order], Counts.of(rows, 3))
    assert [part["photos"] for part in tenths] == [3, 3, 3, 3, 3, 2, 2, 2, 2, 2]
    figures = [part["miou"] for part in tenths]
    assert figures == sorted(figures) and figures[-1] > 90 > 60 > figures[0]
    assert measure_order(order[:9], Counts.of(rows, 3)) == []


def test_tags_are_counted_in_labels_and_masks():
    found = TagsFound()
    found.add((1, 2), mask_of([0, 1], [2, 2]), mask_of([0, 0], [1, 0]))
    found.add((), mask_of([0, 0]), mask_of([0, 0]))
    found.add((2,), mask_of([255, 255]), mask_of([2, 0]))
    assert found.figures() == {"tags": 3, "labels": 66.67, "masks": 66.67}
    assert TagsFound().figures() == {}


def test_a_few_pixels_are_not_found():
    """A tag needs a tenth of a percent, in tables and the report alike; other classes do, too."""
    mask = np.zeros((100, 100), np.uint8)
    mask[0, :10], mask[1, :9], mask[2, :9] = 1, 2, 3
    check = check_mask(mask, 4, (1, 2), None, None)
    assert check.found == (1,) and check.not_found == (2,) and check.badges == ("not_found",)
    found = TagsFound()
    found.add((1, 2), mask, np.zeros_like(mask))
    assert (found.labels, found.masks) == (1, 0)
    coverage = summarise_coverage([((1, 2), measure_areas(mask))], ("background", "a", "b", "c"))
    assert (coverage["found"], coverage["tags"], coverage["from"]) == (1, 2, 0.1)
    assert [row["untagged"] for row in coverage["classes"]] == [0, 0, 0]


@pytest.mark.parametrize(
    ("size", "pixels", "is_found"),
    [((375, 500), 179, True), ((375, 500), 178, False), ((10, 10), 1, True), ((40, 40), 1, False)],
)
def test_a_share_is_rounded_as_tables_show_it(size, pixels, is_found):
    """The numbers of docs/methods.md#photos-to-check. A mask in which nothing is found is empty."""
    mask = np.zeros(size, np.uint8)
    mask.ravel()[:pixels] = 1
    check = check_mask(mask, 2, (1,), None, None)
    assert check.found == ((1,) if is_found else ())
    assert check.badges == (() if is_found else ("not_found", "empty"))
    coverage = summarise_coverage([((1,), measure_areas(mask))], ("background", "a"))
    assert coverage["found"] == is_found


def test_a_map_that_is_ignored_everywhere_finds_nothing():
    ignored = np.full((10, 10), 255, np.uint8)
    check = check_mask(ignored, 3, (1,), None, ignored)
    assert check.badges == ("not_found", "empty") and check.found == ()
    assert check.agreement is None and check.benefit is None
    found = TagsFound()
    found.add((1,), ignored, ignored)
    assert found.figures() == {}


def test_the_text_calls_tags_found_as_the_table_does():
    head = {"tags": {"tags": 9, "labels": 80, "masks": 90}, "exported": ""}
    (line,) = tag_lines(head)
    assert line.endswith(
        "80.0 % are found in the pseudo-labels, 90.0 % in the masks (found: 0.1 % of "
        "the photo or more)"
    )


def test_strokes_are_not_compared_with_the_masks():
    """People mark what the tags say: strokes have all tags, and are no masks."""
    found = TagsFound()
    found.add((1,), mask_of([1, 255, 255]), mask_of([0, 0, 0]))
    assert found.figures() == {}


@pytest.mark.parametrize(("labels", "masks", "offered"), [(90, 80, True), (80, 80, False)])
def test_labels_that_agree_better_with_the_tags_are_offered(labels, masks, offered):
    head = {"tags": {"tags": 9, "labels": labels, "masks": masks}, "exported": "results/r/d_coco"}
    assert any("results/r/d_coco" in line for line in tag_lines(head)) == offered
    assert tag_lines({"tags": {}, "exported": ""}) == []


def row_of(image, labels=("cat",), benefit=1.0, badges=()):
    return {
        "image": image,
        "split": "train",
        "labels": labels,
        "benefit": benefit,
        "expected_iou": None,
        "confidence": None,
        "agreement": 99.0,
        "badges": list(badges),
        "found": ["cat"],
        "not_found": [],
        "untagged": [],
    }


def test_the_table_can_be_read_and_holds_no_formula():
    names = ["=cmd", "a,b", "plain", "[x]"]
    rows = [row_of("=1+1.jpg", names), row_of("b.jpg", []), row_of("c.jpg", None, None)]
    read = list(csv.DictReader(io.StringIO(check_csv(rows))))
    assert tuple(read[0]) == COLUMNS
    assert read[0]["image"] == "'=1+1.jpg" and clean(read[0]["image"]) == "=1+1.jpg"
    assert CellSplitter().split(read[0]["labels"], "") == names
    assert (read[1]["labels"], read[2]["labels"], read[2]["benefit"]) == ("background", "", "")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_cells_that_begin_like_a_formula_are_quoted(text):
    assert text_cell(text) == f"'{text}"
    assert list_cell([text, "b"]).startswith(("'", "{"))


def test_the_text_lists_the_first_photos_and_escapes_names():
    tenths = [{"photos": 1, "miou": 10.0 + n, "photo_iou": 20.0 + n} for n in range(10)]
    head = {"badges": {"empty": 2, "disagree": 0}, "tags": {}, "tenths": {"val": tenths}}
    rows = [row_of(f"p{n}\x1b.jpg", badges=["mask empty"]) for n in range(12)]
    text = check_text({**head, "exported": ""}, rows)
    assert "12 photos: mask empty 2\n" in text and "\x1b" not in text
    assert text.count("(mask empty)") == 10
    assert "10.0 11.0 12.0" in text and "20.0 21.0" in text


def test_figures_of_confidence_are_read_as_they_were_written(tmp_path):
    rows = {"a": Confidence(90.5, 80.25, {3: 1.5}), "b": Confidence(1.0, 2.0)}
    for name, photos in (("0-of-2", ["a"]), ("1-of-2", ["b"])):
        (tmp_path / name).mkdir()
        write_table(tmp_path / name, {photo: rows[photo] for photo in photos})
    assert read_tables([tmp_path / "0-of-2", tmp_path / "1-of-2"]) == rows
    (tmp_path / "1-of-2/photos.json").write_text('{"b": {"mean": "much"}}')
    with pytest.raises(UserError, match="1-of-2"):
        read_tables([tmp_path / "1-of-2"])


def test_a_report_of_too_many_photos_has_those_to_check_first():
    photos = {f"p{n}": Photo(f"p{n}", f"p{n}.jpg", (1,)) for n in range(6)}
    index = Index("d", ("cat",), "/", photos, {"train": ("p0", "p1", "p2"), "rest": ("p3", "p5")})
    order = {photo_id: {} for photo_id in ("p5", "p1", "p0")}
    shown, about = choose_photos(index, ["train", "rest"], 2, order)
    assert [(split, photo.id) for split, photo in shown] == [("train", "p1"), ("rest", "p5")]
    assert "2 of 5 photos, those to check first" in about
    assert len(choose_photos(index, ["train", "rest"], 5, order)[0]) == 5
