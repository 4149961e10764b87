"""`verify` and the stages agree: what a stage would refuse, `verify` names, and what it names a
stage would refuse.
"""

import json
import shutil

import numpy as np
import pytest
from torch import nn

from tests.conftest import DEFAULT, write_record
from wsss.data.images import read_labels, write_labels
from wsss.data.index import Index
from wsss.data.maps import MapReader, ScoreMap, map_writer
from wsss.data.photo import Photo
from wsss.nets.history import read_history, write_measured
from wsss.nets.models import read_description, read_tensors, save_model
from wsss.plan.plan import Plan
from wsss.plan.staleness import Staleness
from wsss.plan.upkeep import Upkeep
from wsss.report.cost import cost_of, warnings_of
from wsss.report.integrity import WHOLE, find_states
from wsss.run.artifacts import mark_work, verify
from wsss.run.errors import UserError
from wsss.run.files import write_json
from wsss.run.records import content_digest
from wsss.run.settings import Settings

STEP = "work/mini/cams/cams-0123456789ab"
FILES = {
    f"{STEP}/model.safetensors": ("", ".json", ".prov.json", ".measured.json", ".run.json"),
    f"{STEP}/maps/0-of-1.h5": ("", ".prov.json", ".run.json"),
    f"{STEP}/labels/0-of-1": ("/p.png", ".prov.json", ".run.json"),
    f"{STEP}/index.json": ("", "l", ".prov.json", ".run.json"),
}
"""artifact -> the files that it consists of and that lie beside it"""
CASES = [(name, ending) for name, endings in FILES.items() for ending in endings]
DAMAGE = {
    "emptied": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "flipped": lambda data: data[: len(data) // 2] + b"\0\xff" + data[len(data) // 2 + 2 :],
    "another type": lambda data: b"[1]",
    "another object": lambda data: json.dumps({"seconds": "x", "history": [7]}).encode(),
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The folder with an artifact of each kind."""
    monkeypatch.chdir(tmp_path)
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    mark_work(tmp_path / "work")
    step = tmp_path / STEP
    model = step / "model.safetensors"
    save_model(model, nn.Linear(2, 2), "cam", Settings(), ("a",), [{"epoch": 0, "loss": 1.0}])
    write_measured(model, [{"epoch": 0, "miou": 1.0}])
    with map_writer(step / "maps/0-of-1.h5") as writer:
        ones = np.ones((1, 2, 3), np.float32)
        writer.add("p", ScoreMap("cam", np.array([1]), ones, (4, 6)))
    (step / "labels/0-of-1").mkdir()
    write_labels(step / "labels/0-of-1/p.png", np.zeros((4, 6), np.uint8))
    photos = {"p": Photo("p", "p.jpg", ())}
    Index("x", ("a",), ".", photos, {"train": ("p",)}).save(step / "index.json")
    for name in FILES:
        path = tmp_path / name
        outputs = {path.name: content_digest(path)}
        write_record(path, outputs=outputs, place=path.relative_to(tmp_path / "work").as_posix())
        write_json(f"{path}.run.json", {"seconds": 1.0, "core_seconds": 1.0, "peak_mb": 1})
    return tmp_path


def read_as_stages(step, path):
    """Verify and read an artifact and what lies beside it, as the stages that read it do."""
    verify(path)
    read = {
        "model.safetensors": lambda: (read_tensors(path), read_description(f"{path}.json")),
        "0-of-1.h5": lambda: MapReader([path])["p"],
        "0-of-1": lambda: read_labels(path / "p.png"),
        "index.json": lambda: Index.load(path),
    }
    read[path.name]()
    if path.suffix == ".safetensors":
        read_history(path)
    warnings_of({"cams": str(step)})
    cost_of(step)


def test_whole_artifacts_are_whole_to_both(project):
    for name in FILES:
        read_as_stages(project / STEP, project / name)
    assert set(find_states(STEP).values()) == {WHOLE} and len(find_states(STEP)) == len(FILES)


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize(("name", "ending"), CASES)
def test_damage_is_named_by_verify_if_and_only_if_a_stage_refuses_it(name, ending, damage, project):
    path = project / f"{name}{ending}"
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    try:
        read_as_stages(project / STEP, project / name)
        refused = False
    except UserError as error:
        refused = "\n" not in str(error)
    assert refused
    states = find_states(STEP)
    assert states.pop(name) != WHOLE and set(states.values()) == {WHOLE}


def test_verify_looks_at_the_results_of_the_recipe(project):
    """Copies and packed reports are made of them, and refuse an edited one."""
    upkeep = Upkeep(Plan({**DEFAULT, "dataset": "mini"}), Staleness(), lambda: None)
    assert "results=results/cam" in upkeep.verify("cam").split()
    table = project / "results/cam/mini_val_miou.txt"
    table.parent.mkdir(parents=True)
    table.write_text("mIoU 40")
    write_record(table, outputs={table.name: content_digest(table)})
    assert find_states("results/cam") == {"results/cam/mini_val_miou.txt": WHOLE}
    table.write_text("mIoU 90")
    assert find_states("results/cam") == {"results/cam/mini_val_miou.txt": "damaged"}
    with pytest.raises(UserError, match="mini_val_miou"):
        verify(table)
    shutil.rmtree(project / "results")
    assert find_states("results/cam") == {}


def test_a_deleted_artifact_is_missing_and_keeps_its_cost(project):
    """People delete models and maps of finished steps to make room; results still tell the cost."""
    before = cost_of(STEP)
    (project / STEP / "maps/0-of-1.h5").unlink()
    after = cost_of(STEP)
    assert after.seconds == before.seconds and 0 < after.disk_bytes < before.disk_bytes
    assert find_states(STEP)[f"{STEP}/maps/0-of-1.h5"] == "missing"
