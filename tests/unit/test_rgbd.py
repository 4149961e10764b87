"""Photos with depth: cameras, poses, units, and the layout of their folder."""

import json
import shutil
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from wsss.brought.annotation_settings import AnnotationSettings
from wsss.brought.checks import check_index
from wsss.brought.true_boxes import true_boxes
from wsss.data.camera import Camera, camera_of, check_pose, pose_of, read_camera
from wsss.data.depth import depth_of, read_depth
from wsss.data.images import read_labels
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.data.scenes import boxed_ids, scene_of, scenes_of
from wsss.datasets.rgbd import read_rgbd
from wsss.datasets.rgbd_settings import RgbdSettings, RoomsSettings
from wsss.datasets.rooms import camera_of_rooms, write_rooms
from wsss.geometry.views import View
from wsss.run.errors import UserError

SMALL = RoomsSettings(train=2, val=1, views=4, width=64, height=48)


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    root = tmp_path_factory.mktemp("rooms") / "rooms"
    write_rooms(root, SMALL)
    return root


@pytest.fixture
def broken(rooms, tmp_path):
    return shutil.copytree(rooms, tmp_path / "rooms")


def read(root, **settings):
    return read_rgbd("rooms", root, RgbdSettings(**settings), AnnotationSettings())


def test_rooms_are_the_same_each_time_and_other_ones_with_another_seed(rooms, tmp_path):
    write_rooms(tmp_path / "again", SMALL)
    write_rooms(tmp_path / "other", SMALL.model_copy(update={"seed": 1}))
    files = sorted(path.relative_to(rooms) for path in rooms.rglob("*") if path.is_file())
    assert len(files) == 12 * 4 + 6
    for file in files:
        assert (rooms / file).read_bytes() == (tmp_path / "again" / file).read_bytes(), file
    one = "images/train_000_00.jpg"
    assert (rooms / one).read_bytes() != (tmp_path / "other" / one).read_bytes()


def test_points_of_one_room_photo_are_in_the_others_with_the_same_class(rooms):
    index, _ = read(rooms)
    camera, agreeing, compared = camera_of_rooms(SMALL), 0, 0
    for photos in scenes_of(index.photos.values()).values():
        for photo, other in pairwise(photos):
            mask, depth = read_labels(index.mask_path(photo)), depth_of(index, photo)
            there, own = read_labels(index.mask_path(other)), depth_of(index, other)
            places, pixels = View(camera, pose_of(photo), mask.shape).back_project(depth)
            view = View(camera, pose_of(other), mask.shape)
            at = view.project(places)
            shown, found = view.pixels(at)
            same = np.abs(at.depth[shown] - own.ravel()[found]) < 0.01
            compared += same.sum()
            agreeing += (mask.ravel()[pixels[shown]] == there.ravel()[found])[same].sum()
    assert compared > 1000 and agreeing / compared > 0.97


def test_index_holds_what_is_known_of_each_photo(rooms):
    index, account = read(rooms)
    assert index.classes == ("chair", "table", "bed", "shelf", "sofa", "lamp")
    assert {name: len(ids) for name, ids in index.splits.items()}["train"] == 8
    photo = index.photos["train_001_02"]
    assert camera_of(photo) == Camera(48, 48, 31.5, 23.5, 0.001, 0)
    assert photo.group == "train_001" == scene_of(photo) and pose_of(photo).shape == (4, 4)
    assert photo.tags == tuple(sorted({box["category_id"] for box in true_boxes(index, photo.id)}))
    shown = set(np.unique(read_labels(index.mask_path(photo)))) - {0}
    assert set(photo.tags) <= shown
    val = index.photos["val_000_00"]
    assert "boxes" not in val.annotations and val.tags == ()
    assert not any(account.problems.values())


def test_index_is_whole_after_it_was_saved_and_shards_keep_scenes_together(rooms, tmp_path):
    index = check_index(read(rooms)[0])
    index.save(tmp_path / "index.json")
    assert Index.load(tmp_path / "index.json") == index
    assert {"depth", "camera", "pose", "boxes"} <= set(index.digests("train"))
    found = []
    for shard in range(3):
        part = Index.load(tmp_path / "index.json", (shard, 3)).split("train", (shard, 3))
        for photos in scenes_of(part).values():
            assert len(photos) == 4
            found += photos
    assert len(found) == 8


def test_boxes_touch_the_outermost_pixels_of_their_objects(rooms):
    index, _ = read(rooms)
    for photo in index.split("train"):
        mask = read_labels(index.mask_path(photo))
        for box in true_boxes(index, photo.id):
            left, top, width, height = map(int, box["bbox"])
            inside = mask[top : top + height, left : left + width] == box["category_id"]
            assert inside.any(axis=1)[[0, -1]].all() and inside.any(axis=0)[[0, -1]].all()


@pytest.mark.parametrize(
    ("unit", "reach"), [(1.0, r"[\d,.e+]+"), (0.1, r"[\d,.e+]+"), (1e-6, r"0\.00\d+")]
)
def test_a_wrong_unit_is_told(broken, unit, reach):
    camera = json.loads((broken / "camera.json").read_text())
    (broken / "camera.json").write_text(json.dumps({**camera, "depth_unit_m": unit}))
    with pytest.raises(UserError, match=rf"depth reaches {reach} m in .*is the unit right\?"):
        read(broken)


def test_depths_beyond_the_farthest_are_told_unless_they_mean_missing(broken):
    path = broken / "depth" / "train_000_00.png"
    depth = np.array(Image.open(path))
    depth[:5] = 65_535
    Image.fromarray(depth).save(path)
    camera = json.loads((broken / "camera.json").read_text())
    (broken / "camera.json").write_text(json.dumps({**camera, "depth_unit_m": 0.1}))
    with pytest.raises(
        UserError, match=r"depth reaches 6,55[34](\.\d)? m in .*: is the unit right\?"
    ):
        read(broken)
    (broken / "camera.json").write_text(json.dumps({**camera, "missing": 65_535}))
    index, _ = read(broken)
    found = depth_of(index, index.photos["train_000_00"])
    assert (found[:5] == 0).all() and found[5:].min() > 0.3 and found.max() < 9
    assert len(read(broken, farthest=1e5)[0].photos) == 12


@pytest.mark.parametrize("ending", ["tif", "npy"])
def test_depths_of_floats_are_read(broken, ending):
    path = broken / "depth" / "train_000_00.png"
    metres = np.array(Image.open(path)).astype(np.float32)
    metres[0, :3] = (np.nan, -1, np.inf)
    path.unlink()
    if ending == "npy":
        np.save(path.with_suffix(".npy"), metres)
    else:
        Image.fromarray(metres).save(path.with_suffix(".tif"))
    index, _ = read(broken)
    found = depth_of(index, index.photos["train_000_00"])
    assert found[0, :3].tolist() == [0, 0, 0]
    assert np.allclose(found[1:], metres[1:] / 1000)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.diag([2.0, 2, 2, 1]), "is not a rotation and a shift"),
        (np.diag([1.0, 1, -1, 1]), "determinant -1"),
        (np.eye(4)[:3], "no matrix of 4 x 4"),
        (np.eye(4) + np.diag([0.1, 0, 0], 1), "not a rotation"),
        (np.full((4, 4), np.nan), "finite numbers"),
    ],
)
def test_a_pose_that_is_no_rotation_is_refused(broken, rows, message):
    np.savetxt(broken / "poses" / "train_000_01.txt", rows)
    with pytest.raises(UserError, match=f"train_000_01.*{message}|{message}"):
        read(broken)


def test_rotations_of_few_digits_are_poses():
    turn = np.array([[0.707, -0.707, 0, 1], [0.707, 0.707, 0, 2], [0, 0, 1, 3], [0, 0, 0, 1]])
    assert check_pose(turn, "here").tolist() == turn.tolist()
    assert pose_of(Photo("a", "a.jpg", ())) is None
    with pytest.raises(UserError, match="photo a has no camera"):
        camera_of(Photo("a", "a.jpg", ()))


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '{"fx": 0}',
        "nothing",
        '{"fx": "a", "fy": 1, "cx": 1, "cy": 1, "depth_unit_m": 1}',
    ],
)
def test_cameras_that_are_none_are_refused(tmp_path, text):
    (tmp_path / "camera.json").write_text(text)
    with pytest.raises(UserError, match=r"camera .*camera\.json"):
        read_camera(tmp_path / "camera.json")


@pytest.mark.parametrize("bad", [0, -1])
def test_focal_lengths_and_units_are_above_zero(tmp_path, bad):
    good = {"fx": 1, "fy": 1, "cx": 1, "cy": 1, "depth_unit_m": 1}
    for key in ("fx", "fy", "depth_unit_m"):
        (tmp_path / "camera.json").write_text(json.dumps({**good, key: bad}))
        with pytest.raises(UserError, match="above 0"):
            read_camera(tmp_path / "camera.json")


def test_faults_of_the_folder_are_named(broken):
    def fault(message, change):
        root = broken.with_name("faulty")
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(broken, root)
        change(root)
        with pytest.raises(UserError, match=message):
            read(root)

    depth = "depth/train_000_00.png"
    fault("train_000_00 has no file in .*depth", lambda root: (root / depth).unlink())
    fault("has mode L", lambda root: Image.new("L", (64, 48), 9).save(root / depth))
    fault(
        "is 32 x 48 pixels but its photo is 64 x 48",
        lambda root: Image.fromarray(np.full((48, 32), 900, np.uint16)).save(root / depth),
    )
    fault("list .*val.txt cannot be read", lambda root: (root / "val.txt").unlink())
    fault("line 2 is not 'ID SCENE'", lambda root: (root / "scenes.txt").write_text("a b\nc\n"))
    fault("not usable as a file name", lambda root: (root / "val.txt").write_text("../a\n"))
    fault("no images/ and depth/", lambda root: shutil.rmtree(root / "depth"))
    fault("boxes.json cannot be read", lambda root: (root / "boxes.json").write_text("[]"))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"fx": 1e-308}, "fx 1e-308 and fy 48 fit no photo of 64 x 48"),
        ({"fy": 1e9}, "fit no photo"),
        ({"cx": 64}, "cx 64 and cy 23.5 are outside of its photo of 64 x 48"),
        ({"fx": 96, "fy": 96, "cx": 63.5, "cy": 47.5}, "cx 63.5 and cy 47.5 are outside"),
        ({"cy": -1}, "are outside"),
        ({"fx": float("nan")}, "no six numbers"),
    ],
)
def test_camera_of_another_photo_is_refused(broken, wrong, why):
    """Such as one of another resolution, or in millimetres."""
    camera = json.loads((broken / "camera.json").read_text())
    (broken / "camera.json").write_text(json.dumps({**camera, **wrong}))
    with pytest.raises(UserError, match=rf"camera .*camera\.json.*{why}"):
        read(broken)


@pytest.mark.parametrize("missing", [0, 65_535])
def test_depth_without_a_measurement_is_refused(broken, missing):
    camera = json.loads((broken / "camera.json").read_text())
    (broken / "cameras").mkdir()
    own = broken / "cameras" / "train_000_00.json"
    own.write_text(json.dumps({**camera, "missing": missing}))
    path = broken / "depth" / "train_000_00.png"
    Image.fromarray(np.full((48, 64), missing, np.uint16)).save(path)
    with pytest.raises(UserError, match=r"depth .*train_000_00\.png has no measured pixel"):
        read(broken)


def test_boxes_outside_the_photo_are_told_and_cut(broken):
    boxes = json.loads((broken / "boxes.json").read_text())
    number = next(i["id"] for i in boxes["images"] if i["file_name"] == "train_000_00.jpg")
    for bbox in ([200, 10, 20, 20], [-10, -10, 30, 30]):
        row = {"id": 900, "image_id": number, "category_id": 1, "bbox": bbox, "iscrowd": 0}
        boxes["annotations"].append(row)
    (broken / "boxes.json").write_text(json.dumps(boxes))
    index, account = read(broken)
    told = {what: len(cases) for what, cases in account.problems.items() if cases}
    assert told == {
        "boxes outside the photo, which are left out": 1,
        "boxes partly outside the photo, which are cut at its sides": 1,
    }
    boxes_of_photo = index.photos["train_000_00"].annotations["boxes"]
    assert [1, -10.0, -10.0, 20.0, 20.0] in boxes_of_photo


def test_a_listed_photo_without_objects_has_no_box_and_an_unlisted_one_is_not_known(broken):
    boxes = json.loads((broken / "boxes.json").read_text())
    number = {i["file_name"]: i["id"] for i in boxes["images"]}
    gone = number["train_000_00.jpg"], number["train_000_01.jpg"]
    boxes["annotations"] = [a for a in boxes["annotations"] if a["image_id"] not in gone]
    boxes["images"] = [i for i in boxes["images"] if i["id"] != gone[1]]
    (broken / "boxes.json").write_text(json.dumps(boxes))
    index, _ = read(broken)
    assert index.photos["train_000_00"].annotations["boxes"] == []
    assert "boxes" not in index.photos["train_000_01"].annotations


def test_photos_may_have_cameras_of_their_own(broken):
    (broken / "cameras").mkdir()
    own = dict(fx=50, fy=51, cx=30, cy=20, depth_unit_m=0.001)
    (broken / "cameras" / "val_000_01.json").write_text(json.dumps(own))
    index, _ = read(broken)
    assert camera_of(index.photos["val_000_01"]).fy == 51
    assert camera_of(index.photos["val_000_00"]).fy == 48


def scene_index(counts):
    photos = {}
    for scene, count in counts.items():
        for n in range(count):
            photo_id = f"{scene}_{n:03d}"
            known = {"boxes": []}
            photos[photo_id] = Photo(photo_id, f"{photo_id}.jpg", (), known, scene)
    return Index("d", ("cat",), ".", photos, {"train": tuple(photos)})


def test_boxes_of_a_share_are_spread_over_each_scene():
    index = scene_index({"a": 20, "b": 7})
    for share, of_a in ((0.1, 2), (0.5, 10), (1.0, 20), (0.0, 0)):
        assert len(boxed_ids(index, "a", share)) == of_a
    places = sorted(int(name[-3:]) for name in boxed_ids(index, "a", 0.25))
    assert np.diff(places).tolist() == [4] * 4
    many = scene_index({f"s{n}": 1 for n in range(400)})
    chosen = sum(len(boxed_ids(many, f"s{n}", 0.3)) for n in range(400))
    assert 90 <= chosen <= 150


def test_depth_is_read_in_metres(tmp_path):
    Image.fromarray(np.array([[0, 512], [1024, 65_535]], np.uint16)).save(tmp_path / "d.png")
    camera = Camera(1, 1, 0, 0, 1 / 512, 65_535)
    assert read_depth(tmp_path / "d.png", camera).tolist() == [[0, 1], [2, 0]]
