"""2D-3D-S: frames that this test writes in its layout become photos with depth."""

import json

import numpy as np
import pytest
from PIL import Image

from tests.conftest import check_done, check_refused
from wsss.brought.annotation_settings import AnnotationSettings
from wsss.brought.checks import check_index
from wsss.brought.true_boxes import true_boxes
from wsss.data.camera import camera_of, pose_of
from wsss.data.depth import depth_of
from wsss.data.images import IGNORE, read_labels
from wsss.data.scenes import scenes_of
from wsss.datasets.rgbd import read_rgbd
from wsss.datasets.rgbd_settings import RgbdSettings
from wsss.datasets.room import look_at
from wsss.datasets.stanford import boxes_of, labels_by_number, numbers_of, read_view
from wsss.geometry.views import View
from wsss.run.errors import UserError

NAMES = ["<UNK>", "wall_1_office_2_1", *[f"clutter_{n}_office_2_1" for n in range(400)]]
NAMES += ["chair_1_office_2_1", "table_1_office_2_1", "chair_2_office_2_1"]
CHAIR, TABLE = len(NAMES) - 3, len(NAMES) - 2
POSE = look_at(np.array([1.0, -2, 1.5]), np.array([0.0, 0, 0.5]))


def write_frame(root, area, name, room, pose=POSE, where=None):
    """A frame of 40 x 30 pixels, 2 m in front of the camera: a wall, a chair, unlabelled pixels."""
    data = root / area / "data"
    for domain in ("rgb", "depth", "semantic", "pose"):
        (data / domain).mkdir(parents=True, exist_ok=True)

    def path(domain, ending="png"):
        return data / domain / f"{name}_domain_{domain}.{ending}"

    Image.fromarray(np.random.default_rng(0).integers(0, 255, (30, 40, 3), np.uint8)).save(
        path("rgb")
    )
    depth = np.full((30, 40), 1024, np.uint16)
    depth[:, :4] = 65_535
    Image.fromarray(depth).save(path("depth"))
    numbers = np.full((30, 40), 1, np.int64)
    numbers[10:20, 12:26], numbers[25:, 30:32], numbers[:3] = CHAIR, TABLE, 0x0D0D0D
    numbers[3:5] = 0
    colours = np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=-1).astype(np.uint8)
    Image.fromarray(colours).save(path("semantic"))
    turn = pose[:3, :3].T
    about = {
        "camera_k_matrix": [[50, 0, 20], [0, 51, 15], [0, 0, 1]],
        "camera_rt_matrix": np.column_stack([turn, -turn @ pose[:3, 3]]).tolist(),
        "camera_location": pose[:3, 3].tolist() if where is None else where,
        "room": room,
    }
    path("pose", "json").write_text(json.dumps(about))


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "2D-3D-S"
    (root / "assets").mkdir(parents=True)
    (root / "assets" / "semantic_labels.json").write_text(json.dumps(NAMES))
    for n in range(2):
        write_frame(root, "area_1", f"camera_0a1b__office_2_frame_{n}", "office_2")
    write_frame(root, "area_5a", "camera_0a1c__hallway_1_frame_0", "hallway_1")
    return root


def test_frames_become_photos_with_depth(root, tmp_path, stage):
    ended = check_done(stage("convert_stanford", root, "--out", tmp_path / "out", "--smallest", 20))
    assert "2 photos that train, 1 of val" in ended.stdout
    index, _ = read_rgbd("rgbd", tmp_path / "out", RgbdSettings(), AnnotationSettings())
    index = check_index(index)
    assert index.splits["val"] == ("camera_0a1c__hallway_1_frame_0",)
    assert list(scenes_of(index.split("train"))) == ["area_1_office_2"]
    photo = index.split("train")[0]
    assert camera_of(photo)[:4] == (50, 51, 20, 15)
    assert np.allclose(pose_of(photo), POSE)
    depth = depth_of(index, photo)
    assert (depth[:, :4] == 0).all() and (depth[:, 4:] == 2).all()
    labels = read_labels(index.mask_path(photo))
    assert (labels[:5] == IGNORE).all() and (labels[10:20, 12:26] == 1).all()
    assert (labels[25:, 30:32] == 2).all() and (labels[6:9] == 0).all()
    assert [box["bbox"] for box in true_boxes(index, photo.id)] == [[12, 10, 14, 10]]
    places, _ = View(camera_of(photo), pose_of(photo), (30, 40)).back_project(depth)
    middle = POSE[:3, 3] + 2 * POSE[:3, 2]
    assert np.abs(places - middle).max() < 1.2


def test_numbers_of_labels_are_of_base_256():
    colours = np.array([[[0, 1, 146], [13, 13, 13], [1, 0, 2]]], np.uint8)
    assert numbers_of(colours).tolist() == [[402, 855_309, 65_538]]
    ids = labels_by_number(NAMES, ("table", "chair"))
    assert ids[[0, 1, 2, CHAIR, TABLE, -1]].tolist() == [IGNORE, 0, 0, 2, 1, IGNORE]
    assert list(boxes_of(np.full((4, 4), 855_309), ids, 1)) == []


def test_poses_that_contradict_their_location_are_told(root, tmp_path, stage):
    write_frame(root, "area_2", "camera_1__office_1_frame_0", "office_1", where=[9.0, 9, 9])
    ended = stage("convert_stanford", root, "--out", tmp_path / "out")
    check_refused(ended, "contradicts itself", "from world to camera?")
    assert not (tmp_path / "out").exists()


def test_missing_parts_are_named(root, tmp_path, stage):
    pose = next((root / "area_1" / "data" / "pose").iterdir())
    whole = pose.read_text()
    pose.write_text("{}")
    check_refused(
        stage("convert_stanford", root, "--out", tmp_path / "out"), "pose", "cannot be read"
    )
    with pytest.raises(UserError, match="cannot be read"):
        read_view(pose)
    pose.write_text(whole)
    (root / "assets" / "semantic_labels.json").unlink()
    check_refused(
        stage("convert_stanford", root, "--out", tmp_path / "out"), "semantic_labels.json"
    )
    pose.unlink()
    check_refused(stage("convert_stanford", root, "--out", tmp_path / "out"), "frame", "has no")
    check_refused(stage("convert_stanford", tmp_path, "--out", tmp_path / "out"), "has no area_*")
