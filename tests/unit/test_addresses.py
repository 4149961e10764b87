"""Messages name a setting as it can be typed."""

import pytest

from wsss.plan.companions import Draft
from wsss.plan.config import config_model
from wsss.plan.kinds import KINDS
from wsss.plan.step_settings import address
from wsss.run.methods import load

METHODS = [(kind, method) for kind in KINDS for method in KINDS[kind].methods]


def value_at(config, path):
    """The value at a path such as labels.boxes.width; AttributeError where there is none."""
    for name in path.split("."):
        config = getattr(config, name)
    return config


@pytest.mark.parametrize(("kind", "method"), METHODS)
def test_the_address_of_each_setting_is_in_the_configuration(kind, method):
    config, draft = config_model()(), Draft(kind, kind, method, {}, {})
    fields = set(load(KINDS[kind].methods[method].settings).model_fields) - {"seed"}
    for key in fields:
        value_at(config, address(draft, key))


def test_a_key_of_all_methods_has_no_method_in_its_address():
    assert address(Draft("labels", "labels", "boxes", {}, {}), "keep_boxes") == (
        "labels.boxes.keep_boxes"
    )
    named = Draft("first", "classifier", "cam", {}, {})
    assert address(named, "epochs") == "first.epochs"
    folder = Draft("saliency", "saliency", "folder", {}, {})
    assert address(folder, "folder") == "saliency.folder.folder"
