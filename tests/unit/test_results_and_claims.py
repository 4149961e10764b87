"""Results, claims and pictures."""

import json

import numpy as np

from tests.conftest import PROJECT
from wsss.data.images import IGNORE, voc_palette
from wsss.data.maps import ScoreMap
from wsss.report.claims import claims_text, read_claims
from wsss.report.picture import contact_sheet, heat_panel, label_panel
from wsss.report.result import result_json, result_table
from wsss.score.confusion import summary

SCORE = {
    "what": "labels",
    "split": "val",
    "images": 3,
    "miou": 50.0,
    "per_class": {"background": 50.0, "a": None},
    "without_truth": ["a"],
    "precision": 60.0,
    "recall": 70.0,
    "coverage": 100.0,
    "interval": [45.0, 55.5],
    "boundary_miou": 30.0,
    "frequency_weighted_iou": 66.0,
}
HEAD = {
    "recipe": "r",
    "dataset": "d",
    "split": "val",
    "of": "predictions",
    "supervision": ["tags"],
    "trained_on": "sharper",
}


def test_claims_page_is_made_of_the_record():
    assert (PROJECT / "docs" / "claims.md").read_text() == claims_text(read_claims()), (
        "run: python -m wsss.report.claims"
    )


def test_claims_without_seeds_have_no_measured_value():
    for claim in read_claims():
        assert (claim.measured is None) == (claim.seeds == 0)
        assert claim.measured is not None or claim.holds is None


def test_result_has_scores_stages_and_costs(tmp_path):
    (tmp_path / "model").write_text("")
    (tmp_path / "model.prov.json").write_text("{}")
    (tmp_path / "model.run.json").write_text(
        json.dumps({"seconds": 90, "core_seconds": 80, "peak_mb": 1})
    )
    maps = {**SCORE, "what": "maps", "threshold": 0.2, "oracle": {"miou": 55.0, "threshold": 0.4}}
    table = result_table(
        HEAD, SCORE, {"cams": maps}, {"classifier": str(tmp_path), "cams": str(tmp_path / "none")}
    )
    assert (
        "45.00 to 55.50" in table and "near borders 30.00" in table and "frequency 66.00" in table
    )
    assert (
        "mIoU 50.00 %" in table
        and "oracle 55.00" in table
        and "1.5" in table
        and "no true pixel" in table
    )
    none = {
        **SCORE,
        "miou": None,
        "interval": None,
        "boundary_miou": None,
        "frequency_weighted_iou": None,
    }
    from_masks = {**HEAD, "supervision": ["masks of 5 % of the photos", "tags"]}
    assert "with themselves" in result_table(from_masks, SCORE, {}, {}) and "note" not in table
    assert "no photo of val has a mask" in result_table(HEAD, {**none, "images": 0}, {}, {})
    assert "the masks of 3 photos show no class" in result_table(HEAD, none, {}, {})
    assert "foreground:" not in table and "warning" not in table  # scores of before have neither
    result = result_json(HEAD, SCORE, {"cams": maps})
    assert result["miou"] == 50.0 and result["stages"]["cams"]["oracle"]["miou"] == 55.0


def test_columns_of_the_steps_line_up(tmp_path):
    (tmp_path / "model").write_text("")
    (tmp_path / "model.prov.json").write_text("{}")
    (tmp_path / "model.run.json").write_text(
        json.dumps({"seconds": 90, "core_seconds": 80, "peak_mb": 1})
    )
    saliency = {"what": "saliency", "split": "heldout", "images": 10582, "max_f": 100.0, "mae": 9.5}
    oracle = {"threshold": 0.2, "oracle": {"miou": 55.0, "threshold": 0.4}}
    scores = {
        "saliency": saliency,
        "cams": {**SCORE, **oracle, "what": "maps"},
        "labels": SCORE,
        "seeds": {**SCORE, "miou": None},
    }
    folders = dict.fromkeys(("classifier", *scores), str(tmp_path))
    table = result_table(HEAD, SCORE, scores, folders).splitlines()
    start = next(n for n, line in enumerate(table) if line.startswith("step "))
    heading, *rows = table[start : start + 1 + len(folders)]
    assert [row.split()[0] for row in rows] == list(folders)
    for row in rows:
        assert len(row) == len(heading) and row.endswith("    1.5")
    for name in ("cams", "labels"):
        row = next(row for row in rows if row.startswith(name))
        assert row.index("50.00") == heading.index("mIoU")
        for column, value in (("precision", "60.00"), ("recall", "70.00")):
            assert row.index(value) + len(value) == heading.index(column) + len(column)


def test_result_warns_of_classes_that_vanish():
    labels = np.array([[60, 0, 0, 0], [0, 20, 0, 0], [0, 0, 20, 0]])
    prediction = np.array([[60, 0, 0, 0], [15, 5, 0, 0], [5, 0, 15, 0]])
    names = ("background", "cat", "dog")
    scores = [{**SCORE, **summary(matrix, names)} for matrix in (labels, prediction)]
    table = result_table(HEAD, scores[1], {"labels": scores[1], "sharper": scores[0]}, {})
    assert "or less: cat (5.00 of 20.00 %)\n" in table
    assert "foreground: 50.0 % of its pixels found, 50.0 % with the right class" in table
    assert "background: 20.0 points more of the pixels" in table
    assert "cat             25.00    5.00   20.00\n" in table
    steps = {"labels": scores[1], "sharper": scores[0]}
    result = result_json(HEAD, scores[1], steps)
    assert result["vanishing"] == ["cat (5.00 of 20.00 %)"]
    assert result_json(HEAD, scores[0], steps)["vanishing"] == []
    other = {**HEAD, "trained_on": None}  # a network on seeds, or the result of a step
    assert result_json(other, scores[1], {"labels": scores[0]})["vanishing"] == []


def test_result_of_a_network_that_finds_nothing_says_so():
    matrix = np.array([[60, 0, 0, 0], [20, 0, 0, 0], [20, 0, 0, 0]])
    score = {**SCORE, **summary(matrix, ("background", "cat", "dog"))}
    table = result_table(HEAD, score, {}, {})
    assert "0.0 % of its pixels found" in table and "no pixel is taken for foreground" in table
    assert "background: 40.0 points more of the pixels" in table


def test_panels_are_combined_in_a_contact_sheet():
    photo = np.zeros((20, 30, 3), np.uint8)
    labels = np.zeros((20, 30), np.uint8)
    labels[:5], labels[5:10] = 2, IGNORE
    panel = label_panel(photo, labels, voc_palette())
    assert np.allclose(panel[0, 0], 0.65 * voc_palette()[2], atol=1) and panel[7, 0].min() > 150
    heat = heat_panel(
        photo, ScoreMap("prob", np.array([0, 2]), np.ones((2, 2, 3), np.float32), (20, 30))
    )
    assert heat.shape == photo.shape
    sheet = contact_sheet([[("photo", photo), ("labels", panel)]] * 2, height=40)
    assert sheet.size == (60 * 2 + 4 * 3, 16 + 2 * 44 + 4)
