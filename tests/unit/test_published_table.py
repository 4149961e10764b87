"""docs/published.yaml against the presets and the recipes, row by row."""

import json

import pytest

from tests.conftest import PROJECT
from wsss.plan.config import section_model
from wsss.plan.kinds import KINDS
from wsss.plan.published import PRESETS, chain_of, page_text, read_systems, value_of
from wsss.run.yaml_files import read_yaml

SYSTEMS = read_systems()


@pytest.fixture(scope="module")
def chains():
    """System -> its chain under its preset."""
    return {name: chain_of(system, name) for name, system in SYSTEMS.items()}


def plain(value):
    """A value as JSON has it; 8 and 8.0 are equal."""
    return json.loads(json.dumps(value))


def test_there_is_a_preset_for_each_system():
    assert {path.stem for path in PRESETS.glob("*.yaml")} == set(SYSTEMS)
    assert set(SYSTEMS) >= {"sec", "dsrg", "psa", "seam", "irn"}


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_preset_sets_every_published_value_or_the_row_says_why_not(chains, name):
    for row in SYSTEMS[name].rows:
        value = plain(value_of(row, chains[name]))
        if row.why:
            assert value != row.published or isinstance(row.published, (int, float)), row.setting
        else:
            assert value == row.published, row.setting


def leaves(preset):
    """(kind, key) of all settings that a preset states for steps."""
    found = []
    for kind in set(preset) & set(KINDS):
        methods = set(KINDS[kind].methods) & set(section_model(kind).model_fields)
        for key, value in preset[kind].items():
            inner = value if key in methods and isinstance(value, dict) else {key: value}
            found += [(kind, name) for name in inner]
    return found


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_setting_of_a_preset_is_a_row(chains, name):
    stated = leaves(read_yaml(PRESETS / f"{name}.yaml", "preset"))
    rows = set()
    for row in SYSTEMS[name].rows:
        step, key = row.place
        rows.add((chains[name].step(step).kind, key))
    assert set(stated) <= rows and len(stated) > 5
    assert len(rows) == len(SYSTEMS[name].rows)  # no setting twice


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_preset_states_only_what_its_recipe_reads(chains, name):
    kinds = {step.kind for step in chains[name].steps}
    preset = read_yaml(PRESETS / f"{name}.yaml", "preset")
    assert set(preset) - kinds <= {"train_split", "instances"}


def test_the_page_is_made_of_the_table():
    page = (PROJECT / "docs" / "published.md").read_text()
    assert page == page_text(SYSTEMS), "run: python -m wsss.plan.published"


def test_the_second_training_of_published_dsrg_starts_from_the_first(chains):
    inputs = chains["dsrg"].step("segmenter").inputs
    assert inputs["start"].step.name == "grow"
    trunks = [chains["dsrg"].step(name).settings for name in ("grow", "segmenter")]
    for key in ("backbone", "output_stride", "head", "hidden"):
        assert trunks[0][key] == trunks[1][key], key


def test_the_overview_has_figures_of_the_preset_itself():
    """That of the network without its loss is told below the command alone."""
    page = page_text(SYSTEMS)
    (line,) = [line for line in page.splitlines() if "| `rloss` |" in line]
    assert "| 69.4 |" in line and "65.8" not in line
    assert "- 65.8 on the same network without the CRF loss" in page


def test_the_page_names_settings_as_they_can_be_typed():
    page = page_text(SYSTEMS)
    assert "| `labels.scribbles.width` | 3 | 3 | 3 |" in page and "`labels.width`" not in page
    assert "| `classifier.mil.layers` |" in page and "| `classifier.backbone` |" in page


def test_all_commands_but_one_train_on_the_larger_split_as_the_page_says():
    splits = {
        name: read_yaml(PRESETS / f"{name}.yaml", "preset").get("train_split") for name in SYSTEMS
    }
    assert {name for name, split in splits.items() if split != "trainaug"} == {"mil"}
    assert "They download VOC and, but for `mil`, SBD" in page_text(SYSTEMS)
