"""What is said of a chain without masks, against cases counted by hand."""

import numpy as np
import pytest

from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.score.agreement import agreement
from wsss.score.agreement_table import agreement_table

LABELS = ("background", "a", "b")


def maps(kind, labels, *scores):
    scores = np.array(scores, np.float32).reshape(len(labels), 1, 4)
    return ScoreMap(kind, np.array(labels), scores, (1, 4))


def test_shares_and_agreement_by_hand():
    cams = maps("cam", [1], [1.0, 0.5, 0.21, 0.1])  # a a a 0 at 0.20
    walk = maps("prob", [0, 1], [0.1, 0.2, 0.9, 0.6], [0.9, 0.8, 0.1, 0.4])  # a a 0 0
    labels = np.array([[1, IGNORE, 0, 2]], np.uint8)
    result = agreement([("x", {"cams": cams, "walk": walk, "labels": labels})], LABELS)
    rows = result["stages"]
    assert rows["cams"] == {
        "decided": 100.0,
        "foreground": 75.0,
        "confidence": None,
        "agreement": None,
    }
    assert rows["walk"]["foreground"] == 50.0 and rows["walk"]["confidence"] == pytest.approx(80.0)
    # cams -> walk: background hit 1 of 1 true and 2 given; a hit 2 of 3 true and 2 given
    assert rows["walk"]["agreement"] == pytest.approx(100 * (1 / 2 + 2 / 3) / 2, abs=0.01)
    # walk -> labels where both decided (a, 0, 0 against a, 0, b): background 1 of 2, a 1 of 1
    assert rows["labels"] == {
        "decided": 75.0,
        "foreground": 50.0,
        "confidence": None,
        "agreement": 75.0,
    }
    assert result["photos"] == {"x": 25.0}


def test_missing_tag_counts_as_disagreement():
    empty = np.zeros((1, 4), np.uint8)
    half = np.array([[0, 0, 1, 1]], np.uint8)
    photos = [
        ("lost", {"labels": empty, "predict": empty}),
        ("found", {"labels": half, "predict": half}),
    ]
    assert agreement(photos, LABELS)["photos"] == {"lost": 0.0, "found": 0.0}
    assert agreement(photos, LABELS, {"lost": (1,), "found": (1,)})["photos"] == {
        "lost": 50.0,
        "found": 0.0,
    }


def test_photos_without_labels_have_no_agreement():
    ignored = np.full((1, 4), IGNORE, np.uint8)
    result = agreement(
        [
            ("empty", {"cams": maps("cam", []), "labels": ignored}),
            ("one", {"cams": maps("cam", [])}),
        ],
        LABELS,
    )
    assert result["photos"] == {"empty": None, "one": None}
    assert result["stages"]["labels"] == {
        "decided": 0.0,
        "foreground": 0.0,
        "confidence": None,
        "agreement": None,
    }
    text = agreement_table(result)
    assert "labels" in text and "photos to look at" not in text


def test_table_lists_the_least_agreeing_photos_first():
    row = {"decided": 100.0, "foreground": 1.0, "confidence": None, "agreement": None}
    stages = {"cams": row, "labels": row}
    text = agreement_table(
        {"stages": stages, "photos": {"fine": 3.0, "odd": 80.0, "unknown": None}}
    )
    assert text.index("odd") < text.index("fine") and "unknown" not in text
