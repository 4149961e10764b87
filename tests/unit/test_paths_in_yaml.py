"""Paths that YAML would read as something else."""

import pytest
import yaml

from wsss.brought.folder_settings import FolderSettings
from wsss.plan.config import config_model
from wsss.plan.datasets.registry import dataset_of
from wsss.run.errors import UserError
from wsss.run.settings import validate
from wsss.saliency.folder_settings import FolderSettings as SaliencyFolder


@pytest.mark.parametrize("typed", ["2024", "2024-01-31", "3.5", "photos"])
def test_path_of_digits_is_a_path(typed):
    value = yaml.safe_load(typed)
    for key in ("tags", "masks", "splits", "groups"):
        assert getattr(validate(FolderSettings, {key: value}), key) == typed
    assert validate(config_model(), {"data_root": value}).data_root == typed
    assert validate(SaliencyFolder, {"folder": value}).folder == typed


@pytest.mark.parametrize("value", [True, ["a"], {"a": 1}])
def test_what_is_no_path_is_refused(value):
    with pytest.raises(UserError, match="masks"):
        validate(FolderSettings, {"masks": value})
    with pytest.raises(UserError, match="data_root"):
        validate(config_model(), {"data_root": value})


@pytest.mark.parametrize("dataset", ["voc", "pets"])
@pytest.mark.parametrize("folder", ["my #1 VOC", "[x] # 2"])
def test_path_that_yaml_cut_is_refused_with_how_to_write_it(tmp_path, dataset, folder):
    (tmp_path / folder).mkdir()
    typed = yaml.safe_load(f"{tmp_path}/{folder}")
    config = config_model()(dataset=dataset, data_root=typed)
    with pytest.raises(UserError, match="YAML ends a value before") as refused:
        dataset_of(config)
    way_out = str(refused.value).partition("Write ")[2].strip("'")
    assert yaml.safe_load(way_out.partition("=")[2]) == f"{tmp_path}/{folder}"
    (tmp_path / folder).rmdir()
    with pytest.raises(UserError) as refused:
        dataset_of(config)
    assert "YAML" not in str(refused.value)
