"""The recipe of AuxSegNet: what its rounds read, what a changed threshold makes again, and what is
refused before a job starts.
"""

import pytest

from tests.conftest import DEFAULT, PROJECT
from wsss.plan.recipes import read_recipe
from wsss.plan.resolving import resolve
from wsss.plan.step_settings import StepSettings
from wsss.run.errors import UserError

RECIPE = (PROJECT / "recipes" / "auxsegnet.yaml").read_text()


def read_chain(folder, text=RECIPE, **changes):
    (folder / "shown.yaml").write_text(text)
    settings = StepSettings({**DEFAULT, **changes}, {})
    return resolve(read_recipe(folder / "shown.yaml"), settings, "mini-000", "train")


def reads(chain, name):
    return {key: source.step.name for key, source in chain.step(name).inputs.items()}


def test_rounds_learn_from_the_round_before_and_the_original_saliency(tmp_path):
    chain = read_chain(tmp_path)
    assert chain.names[:4] == ["saliency", "classifier", "cams", "labels"]
    assert reads(chain, "round1.multitask") == {
        "labels": "labels",
        "saliency": "saliency",
        "start": "classifier",
    }
    for number in (2, 3, 4):
        before = f"round{number - 1}"
        assert reads(chain, f"round{number}.multitask") == {
            "labels": f"{before}.labels",
            "saliency": f"{before}.update",
            "start": f"{before}.multitask",
        }
        own = f"round{number}"
        assert reads(chain, f"{own}.update") == {
            "model": f"{own}.multitask",
            "original": "saliency",
        }
        assert reads(chain, f"{own}.labels") == {
            "maps": f"{own}.update",
            "saliency": f"{own}.update",
        }
        assert reads(chain, f"{own}.predict") == {"model": f"{own}.multitask"}
    assert chain.last("predictions").name == "round4.predict"


@pytest.mark.parametrize("key", ["salient_above", "class_above"])
def test_fusion_threshold_reruns_labels_and_what_follows_but_no_classifier(tmp_path, key):
    before = {step.name: step.folder for step in read_chain(tmp_path)}
    changed = read_chain(tmp_path, labels={"fuse": {key: 0.5}})
    same = {step.name for step in changed if before[step.name] == step.folder}
    assert same == {"saliency", "classifier", "cams"}


def test_settings_of_a_round_rerun_it_and_later_ones(tmp_path):
    before = {step.name: step.folder for step in read_chain(tmp_path)}
    changed = read_chain(tmp_path, steps={"round3.labels": {"class_above": 0.5}})
    moved = [step.name for step in changed if before[step.name] != step.folder]
    assert moved[0] == "round3.labels" and "round3.predict" not in moved
    assert moved[1:] == [name for name in before if name.startswith("round4.")]


def test_update_names_the_original_saliency(tmp_path):
    """The nearest one would be that of the round before, which the published code does not take."""
    text = RECIPE.replace(
        "{method: cross_affinity, inputs: {original: saliency}}", "cross_affinity"
    )
    words = r"reads its original only from a step that the recipe names; write round1.update: "
    with pytest.raises(UserError, match=words + r".*\{original: saliency\}"):
        read_chain(tmp_path, text)


def test_labels_without_saliency_are_refused(tmp_path):
    text = "about: x\nchain: {classifier: cam, labels: fuse, segmenter: deeplab}\n"
    words = r"'labels: fuse' needs saliency.*such as 'saliency: contrast'"
    with pytest.raises(UserError, match=words):
        read_chain(tmp_path, text)


def test_other_networks_do_not_update_maps(tmp_path):
    text = (
        "about: x\nchain: {saliency: contrast, classifier: cam, update: {method: cross_affinity, "
        "inputs: {original: saliency}}}\n"
    )
    with pytest.raises(UserError, match="'multitask: auxsegnet'"):
        read_chain(tmp_path, text)
