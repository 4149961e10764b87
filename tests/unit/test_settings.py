"""Wrong settings are reported in one line, and the generated files equal the settings models."""

import pytest
import yaml

from tests.conftest import DEFAULT, PROJECT
from wsss.classify.settings import ClassifierSettings
from wsss.plan.config import config_model
from wsss.plan.config_files import config_text, schema_text
from wsss.plan.experiments import Row
from wsss.plan.kinds import KINDS
from wsss.plan.plan import Plan
from wsss.plan.rounds import RoundsStep
from wsss.run.errors import UserError
from wsss.run.methods import load
from wsss.run.settings import validate
from wsss.run.yaml_files import read_yaml
from wsss.segment.settings import SegmenterSettings


def test_generated_files_are_current():
    assert (PROJECT / "config.yaml").read_text() == config_text(), "run: make settings"
    assert (PROJECT / "config.schema.json").read_text() == schema_text(), "run: make settings"


def test_config_file_holds_every_default():
    assert validate(config_model(), DEFAULT).model_dump() == config_model()().model_dump()


def test_environment_pins_are_the_requirements():
    wanted = [line for line in (PROJECT / "requirements.txt").read_text().split() if line]
    assert (
        yaml.safe_load((PROJECT / "envs" / "wsss.yaml").read_text())["dependencies"][-1]["pip"]
        == wanted
    )


def test_every_setting_is_described():
    for kind in KINDS.values():
        for name, method in kind.methods.items():
            load(method.code)
            for field, info in load(method.settings).model_fields.items():
                assert info.description, f"{kind.name} {name}.{field}"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"recpe": "seam"}, ["recpe", "did you mean 'recipe'"]),
        ({"labels": {"alpha": 3}}, ["labels.alpha", "did you mean 'crf.alpha' or "]),
        ({"segmenter": {"epoch": 3}}, ["segmenter.epoch'", "did you mean 'epochs'?)"]),
        ({"labels": {"crff": {}}}, ["labels.crff'", "did you mean 'crf'?)"]),
        ({"recipe": "sem"}, ["'sem'", "did you mean 'seam'", "full"]),
        ({"classifier": {"epochs": "many"}}, ["classifier.epochs", "'many'", "integer"]),
        ({"classifier": {"epochs": -1}}, ["classifier.epochs", "-1", "greater than 0"]),
        ({"classifier": {"output_stride": 4}}, ["classifier.output_stride", "4", "8, 16 or 32"]),
        ({"classifier": {"seam": {"eer": 1}}}, ["classifier.seam.eer", "did you mean 'er'"]),
        ({"classifier": {"long_side": [500, 300]}}, ["classifier.long_side", "first number"]),
        ({"classifier": {"jitter": 2}}, ["classifier.jitter", "2", "less than or equal to 1"]),
        ({"classifier": {"lr": float("inf")}}, ["classifier.lr", "inf", "finite"]),
        ({"cams": {"scales": []}}, ["cams.scales", "at least 1"]),
        ({"shards": 10**9}, ["shards", "less than or equal to 100000"]),
        ({"segmenter": {"output_stride": 32}}, ["segmenter", "v3plus"]),
        ({"dataset": "vok"}, ["dataset", "'vok'", "did you mean 'voc'"]),
        ({"data_root": "nowhere"}, ["data_root", "nowhere", "VOC"]),
    ],
)
def test_wrong_setting_is_reported_in_one_line(values, words):
    with pytest.raises(UserError) as error:
        Plan({**DEFAULT, **values}).chain("default")
    assert "\n" not in str(error.value)
    for word in words:
        assert word in str(error.value)


def test_rounds_and_seeds_that_no_machine_could_plan_are_refused():
    with pytest.raises(UserError, match=r"'times' is 1000000000: .* less than or equal to 100"):
        validate(RoundsStep, {"times": 10**9, "chain": {}})
    row = {"name": "a", "recipe": "cam", "stage": "cams"}
    with pytest.raises(UserError, match=r"'seeds' is 1000000000: .* less than or equal to 1000"):
        validate(Row, {**row, "seeds": 10**9})


def test_settings_that_contradict_each_other_are_not_all_repeated():
    with pytest.raises(UserError) as error:
        Plan({**DEFAULT, "segmenter": {"output_stride": 32}}).chain("default")
    assert str(error.value).startswith("setting 'segmenter': head v3plus takes")
    with pytest.raises(UserError, match=r"^these settings: head v3plus takes"):
        validate(SegmenterSettings, {"output_stride": 32})
    with pytest.raises(UserError, match=r"fox' is 'red fox': input should be a list"):
        validate(ClassifierSettings, {"imagenet_names": {"fox": "red fox"}})


def test_duplicate_key_is_refused(tmp_path):
    path = tmp_path / "twice.yaml"
    path.write_text("seed: 1\nwalk: {beta: 2}\nseed: 2\n")
    with pytest.raises(UserError, match=r"'seed' stands twice.*line 3"):
        read_yaml(path, "configuration")
    path.write_text("a: &a {x: 1}\nb: {<<: *a, x: 2}\nc: {<<: *a, y: 3}\n")
    assert read_yaml(path, "configuration")["b"] == {"x": 2}
