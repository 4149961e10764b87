"""The code digest sees meaning, not text, and only what a stage can reach."""

import re
import shutil

import pytest

from tests.conftest import HOUSE
from wsss import code
from wsss.plan.chains import read_recipe, resolve

STAGES = {"classifier": "train_classifier.py", "cams": "export_cams.py", "refine": "refine_cams.py",
          "seeds": "make_seeds.py", "grow": "grow_seeds.py", "grown": "export_seeds.py", "sure": "find_sure.py",
          "affinity": "train_affinity.py", "walk": "propagate.py", "labels": "write_labels.py",
          "segmenter": "train_segmenter.py", "predict": "predict.py"}


@pytest.fixture
def house(tmp_path, monkeypatch):
    for folder in ("wsss", "stages"):
        shutil.copytree(HOUSE / folder, tmp_path / folder)
    monkeypatch.setattr(code, "ROOT", tmp_path)
    code._read.cache_clear()
    code._files.cache_clear()
    yield tmp_path
    code._read.cache_clear()
    code._files.cache_clear()


def digests():
    code._read.cache_clear()
    nodes = resolve({}, read_recipe(HOUSE / "recipes" / "default.yaml"), "base")
    return {node.level: code.code_digest(f"stages/{STAGES[node.level]}", node.modules) for node in nodes}


def changed_by(house, file, old, new):
    before = digests()
    path = house / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    after = digests()
    return {level for level in before if before[level] != after[level]}


def test_comment_docstring_and_layout_change_nothing(house):
    path = house / "wsss" / "labels" / "crf.py"
    assert changed_by(house, "wsss/labels/crf.py", "SMALLEST = 1e-5", "# why\nSMALLEST  =  1e-5\n\n") == set()
    assert changed_by(house, "wsss/labels/crf.py", '"""Mean-field marginals', '"""Marginals') == set()
    assert "# why" in path.read_text()


def test_how_labels_are_written_changes_labels_only(house):
    assert changed_by(house, "stages/write_labels.py", "for photo, pixels in", "for photo, pixels in list([]) or") == {
        "labels"}


def test_the_crf_kernel_changes_the_stages_that_import_it(house):
    changed = changed_by(house, "wsss/labels/crf.py", "SMALLEST = 1e-5", "SMALLEST = 1e-6")
    assert changed == {"sure", "labels", "predict"}


def test_another_method_in_a_registry_changes_nothing(house):
    entry = '    "other": Variant("wsss.classify.other:Other", "wsss.classify.settings:ClassifierSettings"),\n'
    assert changed_by(house, "wsss/classify/registry.py", '    "cam"', entry + '    "cam"') == set()


def test_seam_does_not_count_where_cam_trains(house):
    nodes = resolve({}, read_recipe(HOUSE / "recipes" / "cam.yaml"), "base")
    before = code.code_digest("stages/train_classifier.py", nodes[0].modules)
    path = house / "wsss" / "classify" / "seam.py"
    path.write_text(path.read_text() + "\nX = 1\n")
    code._read.cache_clear()
    assert code.code_digest("stages/train_classifier.py", nodes[0].modules) == before
    assert "classifier" in changed_by(house, "wsss/classify/seam.py", "X = 1", "X = 2")


def test_the_gathering_of_settings_is_no_stage_s_input(house):
    assert changed_by(house, "wsss/plan/config.py", "class General", "X = 1\n\n\nclass General") == set()


def test_sections_of_methods_that_code_names_are_there():
    text = (HOUSE / "docs" / "methods.md").read_text()
    headings = re.findall(r"^(?:## |\*\*)([\d., ]+?)\.? [A-Za-z]", text, re.M)
    there = {number for heading in headings for number in heading.split(", ")}
    named = {number for path in [*HOUSE.glob("wsss/**/*.py"), *HOUSE.glob("stages/*.py")]
             for found in re.findall(r"methods\.md ([\d.]+(?:,\s+[\d.]+)*)", path.read_text())
             for number in re.split(r",\s+", found.rstrip("."))}
    assert len(named) > 10 and named <= there
