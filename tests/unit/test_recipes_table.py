"""The table of whole recipes: figures of a row, differences to others, what each column says."""

import json

import numpy as np
import pytest

from wsss.report.experiment import experiment_rows
from wsss.report.gains import ComparedRow, add_differences
from wsss.report.recipes_table import chain_costs, recipe_keys, recipes_table
from wsss.report.row_figures import recipe_figures
from wsss.score.bootstrap import Counts, compare_paired

MAPS = {"what": "maps", "miou": 20.0, "oracle": {"miou": 35.0}, "images": 12}
LABELS = {"what": "labels", "miou": 40.0, "coverage": 100.0, "images": 12}
VAL = {"what": "labels", "miou": 42.0, "interval": (38.0, 45.5), "images": 6}
COSTS = {"trainings": 4, "minutes": 3.25, "peak_mb": 812}


def make_row(seeds=(), **words):
    """A row of the table with the figures of its seeds."""
    (row,) = experiment_rows(recipe_keys(["cam"]), [words.pop("name", "mine")], [list(seeds)])
    told = {"recipe": "what | it is", "known": "tags", "published": "", "ceiling": None}
    return {**row, **told, **words}


def read_cells(*rows, published=""):
    """Heading -> cell of the last row, and the lines below the table."""
    lines = recipes_table("about", published, ["cam"], rows).splitlines()
    head, last = lines[2], lines[3 + len(rows)]
    cells = [line[2:-2].split(" | ") for line in (head, last)]
    return dict(zip(*cells)), lines[4 + len(rows) :]


def test_figures_are_of_the_best_threshold_and_of_the_labels_that_train():
    figures = recipe_figures(MAPS, LABELS, VAL)
    assert (figures["maps"], figures["labels"], figures["miou"]) == (35.0, 40.0, 42.0)
    assert (figures["photos_train"], figures["photos_val"]) == (12, 6)
    alone = recipe_figures({**VAL, "miou": None, "interval": None})
    assert {alone[key] for key in ("maps", "labels", "miou", "low", "photos_train")} == {None}


def test_costs_are_the_sum_of_the_notes_in_the_folders(tmp_path):
    for name, seconds in (("a", 60), ("b", 30)):
        (tmp_path / name).mkdir()
        for ending in ("", ".prov.json"):
            (tmp_path / name / f"model{ending}").write_text("{}")
        note = {"seconds": seconds, "core_seconds": 1, "peak_mb": seconds}
        (tmp_path / name / "model.run.json").write_text(json.dumps(note))
    folders = [str(tmp_path / name) for name in ("a", "b", "none")]
    assert chain_costs(2, folders) == {"trainings": 2, "minutes": 1.5, "peak_mb": 60}
    assert chain_costs(2, folders[2:]) == {"trainings": 2, "minutes": None, "peak_mb": None}


def test_row_is_shown_with_its_ranges_and_its_ties():
    gain = {"cam.gain": 1.0, "cam.gain_low": -0.5, "cam.gain_high": 2.0, "share": 74.6}
    cells, _ = read_cells(make_row([{**recipe_figures(MAPS, LABELS, VAL), **gain, **COSTS}]))
    assert cells == {
        "recipe": "mine",
        "known": "tags",
        "class maps": "35.0",
        "labels": "40.0",
        "val": "**42.0**",
        "95 % range": "38.0 to 45.5",
        "above cam": "+1.0 (-0.5 to 2.0), a tie",
        "% of full": "75",
        "trainings": "4",
        "minutes": "3.2",
        "peak MB": "812",
    }
    better = {**gain, "cam.gain_low": 0.5}
    cells, _ = read_cells(make_row([{**recipe_figures(VAL), **better}]))
    assert cells["above cam"] == "+1.0 (0.5 to 2.0)" and cells["labels"] == "–"


def test_seeds_are_counted_and_labels_of_some_pixels_say_so():
    strokes = {**LABELS, "miou": 2.0, "coverage": 3.1}
    seeds = [recipe_figures(strokes, {**VAL, "miou": miou}) for miou in (40.0, 44.0)]
    cells, _ = read_cells(make_row(seeds))
    assert cells["recipe"] == "mine (2 seeds)" and cells["val"] == "**42.0 ± 2.8**"
    assert cells["labels"] == "2.0 ± 0.0 (3 % labelled)"


def test_every_column_is_explained_and_rows_say_what_they_lack():
    run = make_row([recipe_figures(MAPS, LABELS, VAL)], name="run", ceiling="full <b>")
    lacking = make_row(name="a | b", left_out="give clicks", published="69.5", ceiling="other")
    cells, below = read_cells(run, lacking, published="Of the authors.")
    assert cells["val"] == "not run" and cells["published"] == "69.5"
    assert "- a \\| b: give clicks" in below and "- **published**: Of the authors." in below
    told = {line.split("**")[1] for line in below if line.startswith("- **")}
    assert "- a \\| b: what \\| it is" in below
    assert told == set(cells)
    text = "\n".join(below)
    assert "It is the row 'full &lt;b>'; for a \\| b the row 'other'." in text
    assert "Scored were 12 photos that train, and 6 of val." in text


def test_differences_are_paired_and_to_rows_that_were_run():
    def counts(*hits):
        rows = {str(k): np.array([[9, n], [10, 10], [19 - n, n + 1]]) for k, n in enumerate(hits)}
        return Counts.of(rows, 2)

    plain, better = counts(4, 5, 6), counts(6, 7, 8)
    rows = [
        ComparedRow("cam", None, None, [{}], [plain]),
        ComparedRow("more", None, None, [{}, {}], [better, plain]),
        ComparedRow("later", None, None, [], []),
    ]
    for name in ("cam", "later"):
        add_differences(rows, name)
    twin = compare_paired(plain, better)
    first, second = rows[1].seeds
    assert first["cam.gain"] == twin.difference > 0 and second["cam.gain"] == 0
    assert (first["cam.gain_low"], first["cam.gain_high"]) == twin.interval
    assert rows[0].seeds == [{}] and "later.gain" not in first


@pytest.mark.parametrize("miou", [None, 0.0])
def test_photos_without_masks_are_no_error(miou):
    cells, below = read_cells(make_row([recipe_figures({**VAL, "miou": miou, "interval": None})]))
    assert cells["95 % range"] == "–" and below
