"""Settings that moved to another section: the old place is understood, and told in one line."""

import pytest

from wsss.plan.config import config_model, section_model
from wsss.plan.kinds import KINDS
from wsss.plan.moved_settings import MOVED, rename_settings
from wsss.plan.startup import load_plan
from wsss.run.refusal import RUN_ID

DEFAULT = config_model()().model_dump()
OLD = {"photos": "a/photos", "masks": "a/masks"}


@pytest.fixture
def typed(monkeypatch):
    """The plan of what was typed, which Snakemake has laid on the configuration."""
    monkeypatch.delenv(RUN_ID, raising=False)

    def plan(given, defaults=DEFAULT):
        laid = {name: {**defaults[name], **values} for name, values in given.items()}
        return load_plan({**defaults, "dataset": "mini", **laid}, given)

    return plan


def test_setting_with_an_old_name_is_renamed():
    values = {"saliency_net": {**OLD, "epochs": 3}, "saliency_photos": {"held_out": 2}}
    now, told = rename_settings(values)
    assert now == {"saliency_net": {"epochs": 3}, "saliency_photos": {"held_out": 2, **OLD}}
    assert told == [
        "saliency_net.photos is now saliency_photos.photos",
        "saliency_net.masks is now saliency_photos.masks",
    ]
    assert values["saliency_net"] == {**OLD, "epochs": 3}


@pytest.mark.parametrize(
    "values",
    [{}, {"saliency_net": None}, {"saliency_net": {"epochs": 3}}, {"saliency_photos": OLD}],
)
def test_settings_with_current_names_are_kept(values):
    assert rename_settings(values) == (values, [])


def test_old_name_gives_the_same_plan_and_one_warning(typed, capsys):
    before = typed({"saliency_net": OLD}).chain("dsrg_saliency").step("saliency_photos")
    (line,) = capsys.readouterr().err.splitlines()
    assert "saliency_net.photos is now saliency_photos.photos" in line
    after = typed({"saliency_photos": OLD}).chain("dsrg_saliency").step("saliency_photos")
    assert before.folder == after.folder and before.settings["masks"] == "a/masks"
    assert capsys.readouterr().err == ""


def test_typed_new_name_overrides_an_old_name_in_a_file(typed):
    file = {**DEFAULT, "saliency_net": {**DEFAULT["saliency_net"], **OLD}}
    plan = typed({"saliency_photos": {"photos": "b"}}, file)
    step = plan.chain("dsrg_saliency").step("saliency_photos")
    assert step.settings["photos"] == "b" and step.settings["masks"] == "a/masks"


def test_jobs_of_a_run_do_not_repeat_the_warning(typed, monkeypatch, capsys):
    monkeypatch.setenv(RUN_ID, "a run")
    typed({"saliency_net": OLD})
    assert capsys.readouterr().err == ""


def test_section_with_an_old_name_is_renamed_with_its_keys():
    now, told = rename_settings(
        {"sure": {"sure_foreground": 0.9, "row": "psa"}, "confident": {"row": "own", "alpha": 1}}
    )
    assert now == {"confident": {"foreground_above": 0.9, "row": "psa", "alpha": 1}}
    assert told == [
        "sure.sure_foreground is now confident.foreground_above",
        "sure is now confident",
    ]


@pytest.mark.parametrize(("old", "new"), MOVED.items())
def test_new_names_of_renamed_settings_exist(old, new):
    section, _, key = new.partition(".")
    assert section in KINDS and (not key or key in section_model(section).model_fields)
    before, _, key = old.partition(".")
    assert before not in KINDS or key not in section_model(before).model_fields
