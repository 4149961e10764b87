"""Settings are told plainly when wrong, and the generated files never drift from the models."""

import re
import shutil
from types import SimpleNamespace

import pytest
import yaml

from tests.conftest import HOUSE
from wsss.plan import outside
from wsss.plan.begin import command_without, read_as_yaml
from wsss.plan.chains import Recipe, read_recipe, resolve
from wsss.plan.config import config_model, config_text, schema_text
from wsss.plan.levels import LEVELS
from wsss.plan.needs import Needs
from wsss.plan.outside import folder_state
from wsss.plan.workflow import Plan
from wsss.run.errors import UserError
from wsss.run.methods import load
from wsss.run.settings import validated

DEFAULT = yaml.safe_load((HOUSE / "config.yaml").read_text())
CAM = {"classifier": "cam", "labels": "crf", "segmenter": "deeplab"}


def test_generated_files_are_current():
    assert (HOUSE / "config.yaml").read_text() == config_text(), "run: make settings"
    assert (HOUSE / "config.schema.json").read_text() == schema_text(), "run: make settings"


def test_config_file_holds_every_default():
    assert validated(config_model(), DEFAULT).model_dump() == config_model()().model_dump()


def test_environment_pins_are_the_requirements():
    wanted = [line for line in (HOUSE / "requirements.txt").read_text().split() if line]
    assert yaml.safe_load((HOUSE / "envs" / "wsss.yaml").read_text())["dependencies"][-1]["pip"] == wanted


def test_every_setting_is_described():
    for level in LEVELS:
        for name, variant in level.variants.items():
            load(variant.code)
            for field, info in load(variant.settings).model_fields.items():
                assert info.description, f"{level.name} {name}.{field}"


@pytest.mark.parametrize(("values", "words"), [
    ({"recpe": "seam"}, ["recpe", "did you mean 'recipe'"]),
    ({"recipe": "sem"}, ["'sem'", "did you mean 'seam'", "full"]),
    ({"classifier": {"epochs": "many"}}, ["classifier.epochs", "'many'", "integer"]),
    ({"classifier": {"epochs": -1}}, ["classifier.epochs", "-1", "greater than 0"]),
    ({"classifier": {"output_stride": 4}}, ["classifier.output_stride", "4", "8, 16 or 32"]),
    ({"classifier": {"seam": {"eer": 1}}}, ["classifier.seam.eer", "did you mean 'er'"]),
    ({"classifier": {"long_side": [500, 300]}}, ["classifier.long_side", "first number"]),
    ({"classifier": {"jitter": 2}}, ["classifier.jitter", "2", "less than or equal to 1"]),
    ({"cams": {"scales": []}}, ["cams.scales", "at least 1"]),
    ({"segmenter": {"output_stride": 32}}, ["segmenter", "v3plus"]),
    ({"dataset": "vok"}, ["dataset", "'vok'", "did you mean 'voc'"]),
    ({"data_root": "nowhere"}, ["data_root", "nowhere", "VOC"]),
])
def test_wrong_setting_is_one_line_that_helps(values, words):
    with pytest.raises(UserError) as error:
        Plan({**DEFAULT, **values})
    assert "\n" not in str(error.value)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(("chain", "words"), [
    ("{classifier: cam, grow: dsrg, labels: crf, segmenter: deeplab}", ["grow: dsrg", "needs a seeds", "threshold"]),
    ("{labels: crf, segmenter: deeplab}", ["labels: crf", "classifier"]),
    ("{classifier: cam, labels: crf}", ["no segmenter"]),
    ("{saliency: learned, classifier: cam, labels: crf, segmenter: deeplab}", ["'saliency: learned'", "saliency_net"]),
    ("{classifier: kam, labels: crf, segmenter: deeplab}", ["'kam'", "did you mean 'cam'"]),
    ("{clasifier: cam, labels: crf, segmenter: deeplab}", ["'clasifier'", "did you mean 'classifier'"]),
    ("{classifier: cam, walk: psa, labels: crf, segmenter: deeplab}", ["walk: psa", "affinity"]),
    ("{classifier: cam, affinity: irn, walk: psa, labels: crf, segmenter: deeplab}", ["'walk: psa' does not go with irn"]),
    ("[", ["cannot be read"]),
])
def test_impossible_chain_is_refused(tmp_path, chain, words):
    path = tmp_path / "odd.yaml"
    path.write_text(f"about: odd\nchain: {chain}\n")
    with pytest.raises(UserError) as error:
        read_recipe(path)
    assert "\n" not in str(error.value)
    for word in ["odd.yaml", *words]:
        assert word in str(error.value)


def test_recipes_share_the_beginning_of_their_chains():
    plan = Plan({**DEFAULT, "dataset": "mini"})
    cam, psa = plan.chains["cam"], plan.chains["psa"]
    assert [n.folder for n in cam[:2]] == [n.folder for n in psa[:2]]
    assert cam[2].folder != psa[2].folder


def test_a_setting_moves_its_stage_and_what_follows():
    recipe = read_recipe(HOUSE / "recipes" / "default.yaml")
    old = resolve(DEFAULT, recipe, "base")
    new = resolve({**DEFAULT, "walk": {**DEFAULT["walk"], "beta": 7.0}}, recipe, "base")
    moved = [a.level for a, b in zip(old, new) if a.folder != b.folder]
    assert moved == ["walk", "labels", "segmenter", "predict"]


def test_a_change_in_the_user_s_files_is_seen(mini_root, tmp_path):
    root = tmp_path / "photos"
    shutil.copytree(mini_root, root)
    plan = Plan({**DEFAULT, "data_root": str(root)})
    before = plan.data_state
    assert Plan({**DEFAULT, "data_root": str(root)}).data_state == before
    (root / "Annotations" / "train_0000.xml").write_text("<annotation/>")
    assert Plan({**DEFAULT, "data_root": str(root)}).data_state != before


def test_a_change_in_saliency_maps_is_seen(tmp_path):
    (tmp_path / "a.png").write_bytes(b"1")
    config = {**DEFAULT, "saliency": {**DEFAULT["saliency"], "folder": {"folder": str(tmp_path)}}}
    chain = resolve(config, Recipe(about="x", chain={**CAM, "saliency": "folder"}), "base")
    plan = Plan({**DEFAULT, "dataset": "mini"})
    before = plan.outside(chain[0])
    (tmp_path / "a.png").write_bytes(b"22")
    assert chain[0].level == "saliency" and plan.outside(chain[0]) != before


def test_saliency_hangs_from_the_dataset_and_moves_only_its_readers():
    plain, cued = (resolve(DEFAULT, Recipe(about="x", chain={**more, **CAM, "seeds": "threshold", "grow": "sec"}), "base")
                   for more in ({}, {"saliency": "contrast"}))
    by_level = {n.level: n for n in cued}
    assert by_level["saliency"].folder.count("/") == 1
    moved = [n.level for n in plain if by_level[n.level].folder != n.folder]
    assert moved == ["seeds", "grow", "grown", "labels", "segmenter", "predict"]
    assert by_level["seeds"].cue("saliency") is by_level["saliency"] and not by_level["grow"].cues


def test_a_network_trained_on_seeds_predicts_without_a_segmenter():
    plan = Plan({**DEFAULT, "dataset": "mini"})
    assert [n.level for n in plan.chains["sec"]][-3:] == ["grow", "grown", "predict"]
    assert "/sec-" in plan.model(plan.last("sec"), "segmenter", "grow")
    assert "/deeplab-" in plan.model(plan.last("dsrg"), "segmenter", "grow")


def test_saliency_as_background_needs_saliency():
    config = {**DEFAULT, "labels": {**DEFAULT["labels"], "crf": {**DEFAULT["labels"]["crf"], "background": "saliency"}}}
    with pytest.raises(UserError, match=r"'labels.background' is 'saliency'.*saliency: contrast"):
        resolve(config, Recipe(about="x", chain=CAM), "base")
    assert resolve(config, Recipe(about="x", chain={**CAM, "saliency": "contrast"}), "base")[-3].cue("saliency")


def test_photos_made_here_do_not_depend_on_the_seed():
    plans = [Plan({**DEFAULT, "dataset": "mini", "seed": seed}) for seed in (0, 1)]
    assert plans[0].data_root == plans[1].data_root and plans[0].base != plans[1].base


def test_top_level_seed_reaches_every_training():
    recipe = read_recipe(HOUSE / "recipes" / "default.yaml")
    for node in resolve({**DEFAULT, "seed": 5}, recipe, "base"):
        assert node.settings.get("seed", 5) == 5


def test_recipe_settings_win_over_the_configuration():
    nodes = {n.level: n for n in resolve(DEFAULT, read_recipe(HOUSE / "recipes" / "psa.yaml"), "base")}
    assert nodes["walk"].settings["log_steps"] == 8


def test_what_is_typed_wins_over_recipes_and_a_row_over_both():
    typed = {"walk": {"log_steps": 5}, "seed": 3, "recipe": "psa"}
    plan = Plan({**DEFAULT, **typed, "dataset": "mini", "walk": {**DEFAULT["walk"], **typed["walk"]}}, typed)
    assert plan.of_level("psa", "walk").settings["log_steps"] == 5
    assert plan.of_level("irn", "walk").settings["log_steps"] == 5 and plan.of_level("irn", "walk").settings["beta"] == 10
    rows = dict(zip((row.name for row in plan.experiments["affinity"].rows), plan.rows["affinity"]))
    assert [chain[-1].settings["log_steps"] for chain in rows["plain CAM + PSA, 16 steps"]] == [4, 4, 4]
    assert [chain[0].settings["seed"] for chain in rows["plain CAM"]] == [3, 4, 5]
    steps = [row[0][-1].settings["log_steps"] for row in plan.rows["walk"]]
    assert steps == [2, 4, 6, 8, 6, 2, 4, 6, 8]  # what a row's name promises


def test_what_is_typed_in_braces_is_read_as_yaml():
    typed = {"affinity": {"output_stride": "8"}, "walk": {"long_side": "null", "scales": ["0.5", "1"]}, "row": "on: a: b"}
    assert read_as_yaml(typed) == {"affinity": {"output_stride": 8}, "walk": {"long_side": None, "scales": [0.5, 1]},
                                   "row": "on: a: b"}
    assert read_as_yaml({"flip": "no", "seed": 3}) == {"flip": "no", "seed": 3}


def test_a_recipe_like_another_without_one_level():
    default, shorter = (read_recipe(HOUSE / "recipes" / f"{name}.yaml") for name in ("default", "seam_dsrg"))
    assert set(default.chain) - set(shorter.chain) == {"affinity"} and shorter.settings == default.settings
    assert shorter.about != default.about
    old, new = resolve(DEFAULT, default, "base"), resolve(DEFAULT, shorter, "base")
    assert [n.folder for n in old[:6]] == [n.folder for n in new[:6]] and new[6].level == "labels"


@pytest.mark.parametrize(("text", "message"), [
    ("about: a\nlike: b\n", "leads back to itself"),
    ("about: a\nlike: bb\n", "did you mean 'b'"),
    ("about: a\nlike: b\nchain: {classifier: 3}", "leads back"),
])
def test_recipes_like_nothing_or_themselves_are_refused(tmp_path, text, message):
    (tmp_path / "a.yaml").write_text(text)
    (tmp_path / "b.yaml").write_text("about: b\nlike: a\n")
    with pytest.raises(UserError, match=message):
        read_recipe(tmp_path / "a.yaml")


def test_every_rule_says_what_it_needs():
    for path in sorted((HOUSE / "rules").glob("*.smk")):
        for rule in re.split(r"\n(?= *rule )", path.read_text())[1:]:
            if "rule verify" not in rule and "rule clean" not in rule:
                assert re.search(r"resources:\n\s+\*\*NEEDS\.\w+\(", rule), (path.name, rule[:60])
            assert "conda:" in rule and "log:" in rule, (path.name, rule[:60])


def test_jobs_ask_for_more_when_they_are_tried_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan({**DEFAULT, "dataset": "mini", "device": "cuda", "gpus": 2})
    node = plan.of_level("default", "classifier")
    asked = [Needs(plan).training()[key](SimpleNamespace(chain=node.folder), attempt) for key in ("mem_mb", "runtime")
             for attempt in (1, 2)]
    assert asked[1] == pytest.approx(1.5 * asked[0], rel=0.03) and asked[3] == pytest.approx(1.5 * asked[2], rel=0.03)
    assert Needs(plan).training()["gpu"] == 2 and Needs(Plan({**DEFAULT, "device": "cpu"})).training()["gpu"] == 0
    minutes = Needs(plan).shard(100)["runtime"]
    few = minutes(SimpleNamespace(split="train"), 1)
    (tmp_path / "work" / plan.base).mkdir(parents=True)
    (tmp_path / "work" / plan.base / "counts.json").write_text('{"train": 100000}')
    again = Plan({**DEFAULT, "dataset": "mini"})
    assert Needs(again).shard(100)["runtime"](SimpleNamespace(split="train"), 1) > 10 * few


def test_many_files_are_known_by_name(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    for k in range(5):
        (tmp_path / "a" / f"{k}.jpg").write_text("x")
    exact = folder_state(tmp_path, ("a/*",))
    assert exact != folder_state(tmp_path, ("a/1*",))
    assert folder_state(tmp_path, ("none/*",)) == folder_state(tmp_path, ("no/*",))
    monkeypatch.setattr(outside, "MANY", 3)
    by_name = folder_state(tmp_path, ("a/*",))
    (tmp_path / "a" / "1.jpg").write_text("longer")
    assert folder_state(tmp_path, ("a/*",)) == by_name != exact


def test_the_typed_command_is_told_without_its_targets():
    typed = ["--cores", "2", "--configfile", "my file.yaml"]
    for arguments in ([*typed, "--", "verify"], [*typed[:2], "verify", *typed[2:]]):
        assert command_without(arguments, {"verify"}) == "snakemake --cores 2 --configfile 'my file.yaml'"
