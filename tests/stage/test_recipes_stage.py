"""The stage that writes the table of an experiment of whole recipes, from scores and notes that the
test writes.
"""

import json

import numpy as np
import pytest

from tests.conftest import check_done
from wsss.score.bootstrap import Counts, compare_paired, interval, miou

EXPERIMENT = """about: small
published: Of the authors.
beside: recipe
compared_with: [plain]
rows:
  - {name: plain, recipe: cam, stage: predict, ceiling: full}
  - {name: better, recipe: psa, stage: predict, ceiling: full, published: "61.7"}
  - {name: full, recipe: full, stage: predict}
  - {name: clicks, recipe: points, stage: predict, ceiling: full}
"""
HITS = {"plain": (4, 5, 6), "better": (6, 6, 7), "full": (9, 9, 10)}
"""row -> right pixels of its class in each photo, of 10"""


def write_score(folder, name, hits):
    """Write the score NAME.json of predictions with so many right pixels, and its counts."""
    pixels = {str(k): np.array([[9, n], [10, 10], [19 - n, n + 1]]) for k, n in enumerate(hits)}
    counts = Counts.of(pixels, 2)
    counts.save(folder / f"{name}.npz")
    score = {"what": "labels", "miou": float(miou(counts.pixels.sum(axis=0)[None])[0])}
    score |= {"interval": interval(counts), "images": 3, "confusion": [], "per_class": {"cat": 5.0}}
    (folder / f"{name}.json").write_text(json.dumps(score))
    return counts


def write_model(folder, seconds):
    """A folder of a step whose training took so long."""
    folder.mkdir()
    for ending in ("", ".prov.json"):
        (folder / f"model.safetensors{ending}").write_text("{}")
    note = {"seconds": seconds, "core_seconds": seconds, "peak_mb": 900}
    (folder / "model.safetensors.run.json").write_text(json.dumps(note))


@pytest.fixture
def table(tmp_path, stage):
    """The JSON and the Markdown of the table, and row -> its counts."""
    (tmp_path / "small.yaml").write_text(EXPERIMENT)
    counts = {name: write_score(tmp_path, name, hits) for name, hits in HITS.items()}
    maps = {"what": "maps", "oracle": {"miou": 33.0}, "images": 8}
    (tmp_path / "maps.json").write_text(json.dumps(maps))
    for name, seconds in (("shared", 60), ("own", 30)):
        write_model(tmp_path / name, seconds)
    words = ["--experiment", tmp_path / "small.yaml", "--scores", f"0.0={tmp_path}/maps.json"]
    words += [f"{row}.0={tmp_path / name}.json" for row, name in enumerate(HITS)]
    words += ["--known", "0=tags", "1=tags", "2=masks", "3=points, tags"]
    words += ["--recipes", "0=plain CAMs"]
    words += ["--trainings", "0=1", "1=2", "2=1", "--folders", f"0.0={tmp_path / 'shared'}"]
    words += [f"1.0={tmp_path / 'shared'}", f"1.0={tmp_path / 'own'}", "2.0=none"]
    words += ["--left-out", "3=give clicks", "--table", tmp_path / "t.md"]
    check_done(stage("write_experiment", *words, "--json", tmp_path / "t.json"))
    return json.loads((tmp_path / "t.json").read_text()), (tmp_path / "t.md").read_text(), counts


def test_rows_have_scores_costs_and_differences(table):
    plain, better, full, clicks = (row["mean"] for row in table[0]["rows"])
    twin = compare_paired(table[2]["plain"], table[2]["better"])
    assert better["plain.gain"] == twin.difference > 0 and plain["plain.gain"] is None
    assert [better["plain.gain_low"], better["plain.gain_high"]] == list(twin.interval)
    assert better["share"] == pytest.approx(100 * better["miou"] / full["miou"])
    assert (plain["maps"], better["maps"], full["share"]) == (33.0, None, None)
    assert (plain["minutes"], better["minutes"], full["minutes"]) == (1.0, 1.5, None)
    assert (better["trainings"], better["peak_mb"]) == (2, 900) and clicks["miou"] is None
    assert [row["name"] for row in table[0]["classes"]] == list(HITS)


def test_page_says_what_was_not_run_and_whose_figures_are_published(table):
    lines = table[1].splitlines()
    assert "- clicks: give clicks" in lines and "- **published**: Of the authors." in lines
    last = next(line for line in lines if line.startswith("| clicks |"))
    assert last.startswith("| clicks | points, tags | – | – | not run |")
    assert next(line for line in lines if line.startswith("| better |")).endswith("| 61.7 |")
    assert "It is the row 'full'." in table[1] and "- plain: plain CAMs" in lines
