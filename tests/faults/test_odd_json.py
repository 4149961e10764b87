"""JSON that others wrote is refused in one line: deep nests, numbers of any size, wrong forms."""

import zipfile

import numpy as np
import pytest

from tests.conftest import PROJECT
from wsss.brought.area_files import read_drawings
from wsss.brought.shape_json import read_json_shapes
from wsss.data.box_files import read_planes
from wsss.data.camera import read_camera
from wsss.data.priors import read_factors
from wsss.data.scene_files import SceneFile
from wsss.datasets.rgbd import _read_scenes, listed_photos
from wsss.datasets.stanford import read_view
from wsss.export.mask_folder import claim
from wsss.report.model_card import _read_result
from wsss.run.artifacts import read_object
from wsss.run.errors import UserError
from wsss.run.files import write_json
from wsss.run.records import read_record
from wsss.run.refusal import refuse_again
from wsss.run.start import started
from wsss.run.warnings import read_note
from wsss.score.bootstrap import Counts
from wsss.seeds.threshold_file import read_thresholds

DEEP = "[" * 100_000
HUGE = "1" + "0" * 400
OF_CAMERA = f'{{"fx": {HUGE}, "fy": 1, "cx": 1, "cy": 1, "depth_unit_m": 1}}'
OWN_TEXTS = (
    "wsss/run/files.py",
    "wsss/run/command_line.py",
    "wsss/plan/step_settings.py",
    "wsss/export/mask_folder.py",
)
"""the reader, and modules that read only JSON that they have just written"""
READERS = {
    "areas": read_drawings,
    "shapes": read_json_shapes,
    "camera": read_camera,
    "listed": listed_photos,
    "pose": read_view,
    "object": read_object,
    "priors": lambda path: read_factors(path, ["a"]),
    "thresholds": read_thresholds,
    "planes": lambda path: read_planes(path, 2),
}


@pytest.mark.parametrize("text", [DEEP, "3", "[]", '{"format": 1e999, "labels": 1e999}', OF_CAMERA])
@pytest.mark.parametrize("name", READERS)
def test_odd_json_is_refused_in_one_line(name, text, tmp_path):
    path = tmp_path / "given.json"
    path.write_text(text)
    if name == "object" and text.startswith("{"):
        return
    try:
        found = READERS[name](path)
    except UserError as error:
        assert "given.json" in str(error)
    else:
        assert (name, text, found) == ("areas", "[]", [])


@pytest.mark.parametrize("text", [DEEP, '{"format": 1e999}'])
def test_odd_json_in_a_scene_is_refused(text, tmp_path):
    with zipfile.ZipFile(tmp_path / "s.npz", "w") as file:
        file.writestr("about.json", text)
    with pytest.raises(UserError, match=r"s\.npz cannot be read"):
        SceneFile(tmp_path / "s.npz")


def test_deep_notes_stop_no_stage(tmp_path, monkeypatch):
    """Records and notes that cannot be read count as missing."""
    monkeypatch.setenv("WSSS_RUN_ID", "1")
    for name in ("x.prov.json", "x.run.json", ".x.refused.json", "made_by.txt"):
        (tmp_path / name).write_text(DEEP)
    out = tmp_path / "x"
    assert read_record(out) is None
    refuse_again([str(out)])
    with started([str(out)]):
        pass
    with pytest.raises(UserError, match="nests too deep"):
        read_note(out)
    with pytest.raises(UserError, match="another model"):
        claim(tmp_path, {"model": "m"})


def test_json_is_read_by_one_function():
    """Others of Python's readers raise RecursionError, which nobody expects."""
    found = set()
    for folder in ("wsss", "stages"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            text = path.read_text()
            if "json.loads" in text or "json.load(" in text:
                found.add(path.relative_to(PROJECT).as_posix())
    assert found == set(OWN_TEXTS)


def test_scenes_of_another_encoding_or_in_contradiction_are_refused(tmp_path):
    path = tmp_path / "scenes.txt"
    path.write_bytes("p café\n".encode("latin-1"))
    with pytest.raises(UserError, match="save it in UTF-8"):
        _read_scenes(path)
    path.write_text("p a\nq a\np a\np b\n")
    with pytest.raises(UserError, match="line 4 puts photo p into scene b, an earlier line into a"):
        _read_scenes(path)


@pytest.mark.parametrize("where", ["here", [1, 2], [float("nan")] * 3, [[0, 0, 0]]])
def test_place_of_a_camera_that_is_none_is_refused(where, tmp_path):
    view = {
        "camera_k_matrix": np.eye(3).tolist(),
        "camera_rt_matrix": np.eye(4)[:3].tolist(),
        "room": "r",
        "camera_location": where,
    }
    write_json(tmp_path / "p.json", view)
    with pytest.raises(UserError, match=r"p\.json cannot be read"):
        read_view(tmp_path / "p.json")
    write_json(tmp_path / "p.json", {**view, "camera_location": [0, 0, 0]})
    assert read_view(tmp_path / "p.json")[2] == "r"


@pytest.mark.parametrize("text", ["{}", '{"miou": "high"}', '{"miou": NaN}', '{"miou": 1e400}'])
def test_result_that_was_edited_by_hand_is_refused(text, tmp_path):
    (tmp_path / "result.json").write_text(text)
    with pytest.raises(UserError, match=r"result\.json .*miou"):
        _read_result(tmp_path / "result.json")
    with pytest.raises(UserError, match=r"result\.json cannot be read \(it has no 'images'\)"):
        read_object(tmp_path / "result.json", ("images",))


@pytest.mark.parametrize(
    ("ids", "pixels", "why"),
    [
        (("a", "a"), np.zeros((2, 3, 4), int), "twice"),
        (("a",), np.zeros((2, 3, 4), int), "for 1 photos"),
        (("a", "b"), np.zeros((2, 3), int), "for 2 photos"),
        (("a", "b"), np.full((2, 3, 4), np.nan), "float64"),
        (("a", "b"), np.full((2, 3, 4), -1), "below 0"),
        (("a", "b"), np.arange(24)[::-1].reshape(2, 3, 4), "not there"),
    ],
)
def test_counts_that_are_none_are_refused(ids, pixels, why, tmp_path):
    Counts(ids, pixels).save(tmp_path / "c.npz")
    with pytest.raises(UserError, match=rf"counts .*c\.npz cannot be read \(.*{why}"):
        Counts.load(tmp_path / "c.npz")
