"""A network trained on seeds: the same model with and without masks, and one that starts from
another model.
"""

import json
import shutil
from dataclasses import replace

import pytest

from tests.conftest import NET, check_done, check_refused
from wsss.data.index import Index
from wsss.run.records import GivenArtifact, Input, content_digest

NAME = "m.safetensors"


@pytest.fixture(scope="module")
def trained(mini_root, tmp_path_factory, run_stage):
    """Photos with masks, their index, their masks in the place of seeds, and in `with` a network
    that trained on them; to be read only.
    """
    folder = tmp_path_factory.mktemp("seeds")
    photos, index = folder / "photos", folder / "i.json"
    shutil.copytree(mini_root, photos)
    shutil.copytree(mini_root / "SegmentationClass", folder / "seeds")
    check_done(run_stage("make_index", "--name", "mini", "--data-root", photos, "--out", index))
    check_done(run_stage(*name_training(folder, folder / "with")))
    return folder


def name_training(folder, out, *more):
    """The words that train a network on the seeds in `folder`."""
    given = ["--index", folder / "i.json", "--seeds", folder / "seeds", "--out", out / NAME]
    return ["grow_seeds", "sec", *given, *NET, "--hidden", "8", *more]


def test_masks_measure_the_supervision_but_do_not_change_the_model(trained, run_stage, tmp_path):
    """The index still names the masks, but they are gone."""
    project = tmp_path / "project"
    measured = json.loads((trained / "with" / f"{NAME}.measured.json").read_text())
    assert measured["history"][0]["supervision_precision"] > 99
    described = json.loads((trained / "with" / f"{NAME}.json").read_text())
    assert "supervision_precision" not in described["history"][0]
    shutil.copytree(trained, project)
    shutil.rmtree(project / "photos" / "SegmentationClass")
    moved = replace(Index.load(project / "i.json"), root=str(project / "photos"))
    moved.save(project / "i.json")
    (project / "i.json.prov.json").unlink()  # an edited index without a record is taken
    check_done(run_stage(*name_training(project, project / "without")))
    for name in (NAME, f"{NAME}.json"):
        made = (project / "without" / name).read_bytes()
        assert made == (trained / "with" / name).read_bytes()
    assert not (project / "without" / f"{NAME}.measured.json").exists()


def test_supervision_is_drawn_and_written_as_a_table(trained, stage, tmp_path):
    out = ["--picture", tmp_path / "s.png", "--table", tmp_path / "s.csv"]
    check_done(stage("draw_supervision", "--model", trained / "with" / NAME, *out))
    assert float((tmp_path / "s.csv").read_text().splitlines()[1].split(",")[3]) > 99


def test_training_starts_from_a_model(trained, run_stage, tmp_path):
    """Weights that do not exist are not looked for."""
    model = trained / "with" / NAME
    start = ["--start", model, "--weights", str(tmp_path / "nowhere.pth")]
    ended = check_done(run_stage(*name_training(trained, tmp_path, *start)))
    assert f"started from {model}" in ended.stdout
    record = json.loads((tmp_path / f"{NAME}.prov.json").read_text())
    given = Input.of([GivenArtifact("", content_digest(model), "")])
    assert record["inputs"]["start"]["digest"] == given.digest


def test_start_that_is_no_model_is_refused(trained, stage, tmp_path):
    ended = stage(*name_training(trained, tmp_path, "--start", trained / "i.json"))
    check_refused(ended, "i.json cannot be read")
