"""What all trainings share stands once in config.yaml, and reaches every training whose section
does not say otherwise.
"""

import json
from functools import cache

import pytest
import yaml
from pydantic_core import to_jsonable_python

from tests.conftest import PROJECT
from wsss.plan.config import apply_training, config_model, shared_keys, training_model
from wsss.plan.kinds import KINDS
from wsss.plan.plan import Plan
from wsss.run.errors import UserError
from wsss.run.methods import load
from wsss.run.settings import merge

DEFAULT = yaml.safe_load((PROJECT / "config.yaml").read_text())
TRAINED = ["saliency_net", "classifier", "grow", "affinity", "multitask", "segmenter"]
OTHER = {
    "backbone": "resnet50",
    "weights": "none",
    "output_stride": 8,
    "dilate": False,
    "freeze_norm": False,
    "freeze": ("layer1",),
    "crop": 333,
    "long_side": (333, 444),
    "warp": True,
    "flip": False,
    "jitter": 0.7,
    "epochs": 33,
    "batch": 33,
    "optimiser": "adamw",
    "lr": 0.33,
    "head_lr": 3.3,
    "bias_lr": 3.5,
    "weight_decay": 0.033,
    "most_steps": 3333,
    "decay": "step",
    "poly": 0.3,
    "decay_every": 333,
    "decay_factor": 0.33,
    "warmup": 0.03,
    "average": 0.93,
}
"""another value for every key of training"""


def planned(given, typed=None):
    """The plan of config.yaml with `given` laid on it."""
    return Plan(merge({**DEFAULT, "dataset": "mini"}, given), typed or {})


def test_every_shared_key_is_tried():
    assert list(OTHER) == list(training_model().model_fields) == list(DEFAULT["training"])
    assert [kind for kind in KINDS if shared_keys(kind)] == TRAINED


@cache
def default_config():
    """The configuration of config.yaml alone; to be read only."""
    return planned({}).config


@pytest.mark.parametrize("kind", KINDS)
def test_config_says_in_a_section_what_differs_and_what_is_its_own(kind):
    own = load(KINDS[kind].shared).model_fields
    trains = set(DEFAULT["training"]) <= set(own)
    for name in set(own) - {"seed"}:
        default = to_jsonable_python(own[name].default)
        same = trains and DEFAULT["training"].get(name, own) == default
        assert (name in DEFAULT.get(kind, {})) != same, name


@pytest.mark.parametrize("key", OTHER)
def test_a_shared_key_reaches_the_sections_that_do_not_say_it(key):
    before, after = default_config(), planned({"training": {key: OTHER[key]}}).config
    for kind in TRAINED:
        stated = key in DEFAULT[kind]
        wanted = getattr(getattr(before, kind), key) if stated else OTHER[key]
        assert getattr(getattr(after, kind), key) == wanted
    rest = {*KINDS, "mini", "report"} - {*TRAINED}
    assert all(getattr(after, one, 0) == getattr(before, one, 0) for one in rest)


@pytest.mark.parametrize("kind", KINDS)
def test_config_resolves_to_the_defaults_of_the_stages(kind):
    section = getattr(default_config(), kind, None)
    for name, field in load(KINDS[kind].shared).model_fields.items():
        assert name == "seed" or getattr(section, name) == field.default


@pytest.mark.parametrize("training", [{}, OTHER])
def test_without_config_yaml_all_resolves_to_the_same(training):
    """The stages' own defaults count as if they were written down."""
    given = {"training": training}
    assert Plan({"dataset": "mini", **given}).config == planned(given).config


def test_a_section_wins_over_training_wherever_it_is_said():
    given = {"training": {"batch": 3, "epochs": 5}, "classifier": {"batch": 7}, "grow": {"poly": 0}}
    config = planned(given).config
    assert (config.classifier.batch, config.classifier.epochs) == (7, 5)
    assert (config.affinity.batch, config.affinity.epochs) == (8, 5)
    assert (config.segmenter.batch, config.segmenter.epochs) == (3, 46)
    assert (config.grow.poly, config.grow.batch, config.training.batch) == (0, 20, 3)


def test_settings_of_recipes_and_of_steps_win_over_training():
    typed = {"training": {"weight_decay": 0.5, "warmup": 0.1}, "steps": {"affinity": {"warmup": 0}}}
    step = planned(typed, typed).chain("irn").step("affinity")
    assert step.settings["weight_decay"] == 0.0001 and step.settings["warmup"] == 0
    assert planned(typed, typed).chain("irn").step("classifier").settings["weight_decay"] == 0.5


def test_the_step_of_an_experiment_takes_them_too():
    rows = planned({"training": {"batch": 3, "epochs": 10}}).rows("seam")
    trained = [chains[0].step("classifier").settings for chains in rows]
    assert {settings["batch"] for settings in trained} == {3}
    assert {settings["epochs"] for settings in trained} == {10, 16}


def test_other_trainings_keep_their_folders():
    before = planned({}).chain("default")
    after = planned({"training": {"batch": 3}}).chain("default")
    moved = [new.name for old, new in zip(before, after) if old.folder != new.folder]
    assert moved[0] == "classifier"
    assert after.step("grow").settings == before.step("grow").settings
    same = planned({"training": {"batch": 16}}).chain("default")
    assert [step.folder for step in same] == [step.folder for step in before]


@pytest.mark.parametrize(
    ("training", "words"),
    [
        ({"bach": 3}, ["training.bach", "did you mean 'batch'"]),
        ({"head": "aspp"}, ["training.head", "does not exist"]),
        ({"batch": -1}, ["training.batch", "-1", "greater than 0"]),
        ({"long_side": [9, 3]}, ["training.long_side", "first number"]),
        ({"seed": 3}, ["training.seed", "does not exist"]),
        (3, ["training", "3"]),
        (None, ["training", "None"]),
    ],
)
def test_a_wrong_shared_setting_is_one_line_that_names_it(training, words):
    with pytest.raises(UserError) as error:
        Plan({**DEFAULT, "training": training})
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("setting 'training")
    for word in words:
        assert word in str(error.value)


def test_a_section_that_is_no_mapping_is_refused():
    with pytest.raises(UserError, match="setting 'classifier' is 3"):
        Plan({**DEFAULT, "classifier": 3})


def test_what_was_given_is_left_as_it_is():
    given = {"training": {"batch": 3}, "grow": {"batch": 4}}
    laid = apply_training(given)
    assert given == {"training": {"batch": 3}, "grow": {"batch": 4}}
    assert laid["classifier"] == {"batch": 3} and laid["grow"] == {"batch": 4}
    assert "cams" not in laid and apply_training({"seed": 1}) == {"seed": 1}


def test_the_schema_describes_every_key_of_every_training():
    schema = json.loads((PROJECT / "config.schema.json").read_text())
    for kind in ("training", *TRAINED):
        described = schema["$defs"][kind]["properties"]
        assert set(OTHER) <= set(described)
        assert all(described[key]["description"] for key in OTHER)


def test_the_whole_model_has_a_section_for_it():
    assert config_model()().training.model_dump(mode="json") == DEFAULT["training"]
