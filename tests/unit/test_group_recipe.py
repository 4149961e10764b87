"""The recipe of Group-WSSS, and what is refused before a job starts."""

import pytest

from tests.conftest import DEFAULT, PROJECT
from wsss.plan.recipes import read_recipe
from wsss.plan.resolving import resolve
from wsss.plan.step_settings import StepSettings
from wsss.run.errors import UserError

RECIPE = (PROJECT / "recipes" / "group.yaml").read_text()


def read_chain(folder, text):
    (folder / "shown.yaml").write_text(text)
    settings = StepSettings(DEFAULT, {})
    return resolve(read_recipe(folder / "shown.yaml"), settings, "mini-000", "train")


def test_the_classifier_brings_the_exporter_of_groups(tmp_path):
    chain = read_chain(tmp_path, RECIPE)
    methods = [(step.name, step.method) for step in chain]
    assert methods == [
        ("saliency", "contrast"),
        ("classifier", "group"),
        ("cams", "group"),
        ("labels", "group"),
        ("segmenter", "deeplab"),
        ("predict", "predict"),
    ]
    labels = chain.step("labels").inputs
    assert {name: source.step.name for name, source in labels.items()} == {
        "maps": "cams",
        "saliency": "saliency",
    }
    assert chain.step("classifier").settings["keep_epochs"]
    assert chain.step("cams").settings["accumulate"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "  saliency: contrast\n",
            "",
            "'labels: group' needs saliency.*such as 'saliency: contrast'",
        ),
        (
            "    keep_epochs: true\n",
            "",
            "classifier.group.keep_epochs to true, or cams.group.accumulate to f",
        ),
    ],
)
def test_recipes_that_cannot_run_are_refused(tmp_path, old, new, words):
    assert old in RECIPE
    with pytest.raises(UserError, match=words):
        read_chain(tmp_path, RECIPE.replace(old, new, 1))


def test_groups_of_another_classifier_are_refused(tmp_path):
    chain = RECIPE.split("settings:")[0]
    text = chain.replace("classifier: group\n", "classifier: cam\n  cams: group\n")
    with pytest.raises(UserError, match="'classifier' is by 'cam', which has none"):
        read_chain(tmp_path, text)


def test_maps_of_groups_can_be_refined_and_seen_alone(tmp_path):
    text = RECIPE.replace("  labels: group\n", "  refine: pcm_once\n  labels: group\n")
    assert read_chain(tmp_path, text).step("labels").inputs["maps"].step.name == "refine"
    alone = RECIPE.split("settings:")[0].replace("  labels:", "  cams: cams\n  labels:")
    assert read_chain(tmp_path, alone).step("cams").method == "cams"
