"""Exporters of class maps in recipes: what a refiner borrows of them, and entries of registries
that name no code.
"""

import pytest

from tests.conftest import DEFAULT
from tests.unit.test_plan import make_plan
from wsss.cams.registry import EXPORTERS
from wsss.cams.settings import ExportSettings
from wsss.plan.kinds import KINDS
from wsss.plan.method_checks import check_method
from wsss.plan.recipes import read_recipe
from wsss.plan.resolving import resolve
from wsss.plan.step_settings import StepSettings
from wsss.run.errors import UserError
from wsss.run.methods import Method, load
from wsss.run.settings import validate


@pytest.mark.parametrize("method", ["layercam", "gradcam_pp", "attention"])
def test_recipes_choose_their_exporter(method):
    step = make_plan().chain(method).step("cams")
    assert step.method == method and set(step.settings) > set(ExportSettings.model_fields)


@pytest.mark.parametrize("method", ["layercam", "gradcam_pp", "attention"])
def test_refiner_borrows_of_an_exporter_what_all_exporters_have(method, tmp_path):
    """refine_cams.py reads them as ExportSettings, which refuses any other setting."""
    lines = ["about: x", "chain:", "  classifier: cam", f"  cams: {method}", "  refine: pcm"]
    path = tmp_path / "shown.yaml"
    path.write_text("\n".join([*lines, "  labels: crf", "  segmenter: deeplab"]))
    chain = resolve(read_recipe(path), StepSettings(DEFAULT, {}), "mini-000", "train")
    borrowed = chain.step("refine").borrowed["export"]
    export = validate(ExportSettings, borrowed, "export")
    assert export.scales == tuple(chain.step("cams").settings["scales"])


@pytest.mark.parametrize(
    ("code", "settings", "words"),
    [
        ("layer_cams", None, r"gradient.py defines no 'layer_cams' \(did you mean 'layer_cam'\?\)"),
        (None, "GradientSetting", "gradient_settings.py defines no 'GradientSetting'"),
    ],
)
def test_entries_that_name_no_code_are_refused(code, settings, words):
    module, settings_module = "wsss.cams.gradient", "wsss.cams.gradient_settings"
    method = Method(
        f"{module}:{code or 'layer_cam'}", f"{settings_module}:{settings or 'GradientSettings'}"
    )
    with pytest.raises(UserError, match=words):
        check_method("cams", "mine", method)


def test_entries_that_name_no_module_are_refused():
    for module in ("wsss.cams.nowhere", "wsss.nowhere.at_all"):
        with pytest.raises(UserError, match=rf"there is no module {module}; mend the line"):
            check_method("cams", "mine", Method(f"{module}:f", "wsss.run.settings:Settings"))


def test_a_wrong_name_stops_the_recipe_that_uses_it(monkeypatch):
    wrong = EXPORTERS["layercam"]._replace(code="wsss.cams.gradient:layercam")
    monkeypatch.setitem(EXPORTERS, "layercam", wrong)
    with pytest.raises(UserError, match=r"mend the line in registry\.py"):
        make_plan().chain("layercam")
    make_plan().chain("cam")


def test_all_registered_methods_exist():
    for kind in KINDS.values():
        for name, method in kind.methods.items():
            check_method(kind.name, name, method)
            load(method.settings)
