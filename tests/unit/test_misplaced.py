"""Settings that stand outside of their section, and datasets without their file, have a way out."""

import pytest

from tests.unit.test_plan import make_plan
from wsss.run.errors import UserError


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"classifier.epochs": 3}, "--config 'classifier={epochs: 3}'"),
        ({"labels.crf.alpha": 2.0}, "in a file labels: {crf: {alpha: 2.0}}"),
        ({"epochs": 3}, "stands in sections (training, saliency_net, classifier, grow"),
        ({"conflict": "a"}, "--config 'seeds={conflict: a}'"),
        ({"clasifier": {}}, "did you mean 'classifier'"),
        ({"dataset": "pets"}, "makes a file of settings"),
        ({"dataset": "pets", "data_root": "nowhere"}, "'nowhere', which is not a folder"),
    ],
)
def test_misplaced_setting_is_shown_in_its_place(given, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as error:
        make_plan(**given)
    assert words in str(error.value)


def test_file_of_a_dataset_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("[")
    (tmp_path / "own.yaml").write_text("dataset: pets\n")
    with pytest.raises(UserError, match=r"add --configfile own\.yaml"):
        make_plan(dataset="pets")
