"""The stages of boxes3d, from drawn rooms to labels and back from maps into points."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.conftest import check_done, check_refused
from wsss.data.images import IGNORE, read_labels
from wsss.data.index import Index
from wsss.data.maps import MapReader, ScoreMap, map_writer
from wsss.data.scene_files import SceneFolder
from wsss.datasets.rgbd_settings import RoomsSettings
from wsss.datasets.rooms import write_rooms
from wsss.geometry.cloud import Cloud
from wsss.geometry.objectness import Stored

SMALL = RoomsSettings(train=2, val=1, views=5, width=96, height=72)
SHARE = ("--share", "0.6")


@pytest.fixture(scope="module")
def made(tmp_path_factory, run_stage):
    """A folder with rooms, their index i.json, points/, objectness/ and maps.h5 of train."""
    folder = tmp_path_factory.mktemp("boxes3d")
    write_rooms(folder / "rooms", SMALL)
    index = folder / "i.json"
    words = ["--name", "rooms", "--data-root", folder / "rooms", "--out", index]
    check_done(run_stage("index_rgbd", *words))
    check_done(run_stage("make_points", "voxels", "--index", index, "--out", folder / "points"))
    given = ["--index", index, "--points", folder / "points"]
    found = folder / "objectness"
    check_done(run_stage("find_objectness", "boxes", *given, *SHARE, "--out", found))
    words = ["--objectness", found, "--out", folder / "maps.h5"]
    check_done(run_stage("project_objectness", "zbuffer", *given, *words))
    return folder


def score(index, folder, photos):
    """The share of the labelled pixels that are right, of objects and of background, and the share
    of pixels with a label.
    """
    right, labelled, pixels = np.zeros(2), np.zeros(2), 0
    for photo in photos:
        labels, truth = read_labels(folder / f"{photo.id}.png"), read_labels(index.mask_path(photo))
        pixels += truth.size
        for side, of in enumerate((truth == 0, truth > 0)):
            known = of & (labels != IGNORE)
            right[side] += (labels == truth)[known].sum()
            labelled[side] += known.sum()
    return right / labelled, labelled.sum() / pixels


def test_points_are_within_the_rooms_and_seen_by_several_photos(made):
    folder = SceneFolder([made / "points"], "point cloud")
    assert list(folder.paths) == ["train_000", "train_001"]
    for _, file in folder.scenes():
        cloud = Cloud(file)
        points = cloud.points()
        assert len(cloud.photos) == 5 and len(points.places) == cloud.count > 5000
        assert np.abs(points.places[:, :2]).max() < 2.75
        assert points.places[:, 2].min() > -0.05 and points.places[:, 2].max() < 2.65
        views = np.zeros(cloud.count, int)
        for photo_id in cloud.photos:
            views[cloud.seen(photo_id).points] += 1
        assert (views >= 2).mean() > 0.2 and views.max() >= 3


def test_labels_reach_photos_without_boxes(made, stage, tmp_path):
    index = Index.load(made / "i.json")
    boxed = {
        name
        for _, file in SceneFolder([made / "objectness"], "o").scenes()
        for name in Stored(file).boxed
    }
    assert len(boxed) == 6
    words = ["--index", made / "i.json", "--maps", made / "maps.h5", "--out", tmp_path / "labels"]
    check_done(stage("write_labels", "proposals", *words))
    photos = [photo for photo in index.split("train") if photo.id not in boxed]
    (background, objects), share = score(index, tmp_path / "labels", photos)
    assert background > 0.85 and objects > 0.85 and share > 0.6
    flat = ["--index", made / "i.json", "--box-share", "0.6", "--out", tmp_path / "flat"]
    check_done(stage("write_labels", "boxes", *flat))
    assert all((read_labels(tmp_path / "flat" / f"{p.id}.png") == IGNORE).all() for p in photos)
    boxes = [photo for photo in index.split("train") if photo.id in boxed]
    assert score(index, tmp_path / "flat", boxes)[1] == 1


def test_shards_make_what_the_whole_makes(made, stage, tmp_path):
    index = Index.load(made / "i.json")
    found = []
    for k in range(3):
        shard = ["--index", made / "i.json", "--shard", f"{k}/3"]
        points, objectness = tmp_path / f"p{k}", tmp_path / f"o{k}"
        check_done(stage("make_points", "voxels", *shard, "--out", points))
        words = [*shard, "--points", points]
        check_done(stage("find_objectness", "boxes", *words, *SHARE, "--out", objectness))
        words += ["--objectness", objectness, "--out", tmp_path / f"m{k}.h5"]
        check_done(stage("project_objectness", "zbuffer", *words))
        found.append(tmp_path / f"m{k}.h5")
        for path in points.glob("*.npz"):
            assert path.read_bytes() == (made / "points" / path.name).read_bytes()
    parts, whole = MapReader(found), MapReader([made / "maps.h5"])
    for photo in index.split("train"):
        one, other = parts[photo.id], whole[photo.id]
        assert one.labels.tolist() == other.labels.tolist() and (one.scores == other.scores).all()


def test_predictions_come_back_into_the_points(made, stage, tmp_path):
    index = Index.load(made / "i.json")
    with map_writer(tmp_path / "n.h5") as writer:
        for photo in index.split("train"):
            truth = read_labels(index.mask_path(photo))
            scores = (truth == np.arange(7)[:, None, None]).astype(np.float32)
            writer.add(photo.id, ScoreMap("prob", np.arange(7), scores, truth.shape))
    given = ["--index", made / "i.json", "--points", made / "points"]
    words = ["--maps", tmp_path / "n.h5", "--before", made / "objectness", "--keep", "0"]
    check_done(stage("find_objectness", "fuse", *given, *words, "--out", tmp_path / "fused"))
    objectness = ["--objectness", tmp_path / "fused", "--out", tmp_path / "m.h5"]
    check_done(stage("project_objectness", "zbuffer", *given, *objectness))
    maps = ["--index", made / "i.json", "--maps", tmp_path / "m.h5", "--out", tmp_path / "labels"]
    check_done(stage("write_labels", "proposals", *maps, "--iterations", "0"))
    (background, objects), share = score(index, tmp_path / "labels", index.split("train"))
    # in photos with boxes, objects without a box (of a few pixels) are lost
    assert background > 0.97 and objects > 0.9 and share > 0.9
    stored = Stored(SceneFolder([tmp_path / "fused"], "o")["train_000"])
    assert len(stored.boxed) == 3


def test_one_view_knows_nothing_of_photos_without_boxes(made, stage, tmp_path):
    given = ["--index", made / "i.json"]
    points, found = tmp_path / "points", tmp_path / "found"
    check_done(stage("make_points", "voxels", *given, "--views", "one", "--out", points))
    assert len(list(points.iterdir())) == 10
    words = [*given, "--points", points]
    ended = check_done(stage("find_objectness", "boxes", *words, *SHARE, "--out", found))
    assert "boxes of 6 of 10 photos" in ended.stdout
    maps = ["--objectness", found, "--out", tmp_path / "m.h5"]
    check_done(stage("project_objectness", "zbuffer", *words, *maps))
    reader = MapReader([tmp_path / "m.h5"])
    known = [
        photo.id
        for photo in Index.load(made / "i.json").split("train")
        if reader[photo.id].scores.any()
    ]
    assert len(known) == 6


def test_pictures_of_clouds_are_drawn(made, stage, tmp_path):
    given = ["--index", made / "i.json", "--points", made / "points"]
    words = ["--objectness", made / "objectness", "--out", tmp_path / "clouds.png"]
    check_done(stage("draw_clouds", *given, *words))
    pixels = np.array(Image.open(tmp_path / "clouds.png").convert("RGB")).reshape(-1, 3)
    assert len(np.unique(pixels, axis=0)) > 500


def test_scenes_without_poses_and_photos_without_depth_are_told(made, mini_root, stage, tmp_path):
    root = shutil.copytree(made / "rooms", tmp_path / "rooms")
    (root / "poses" / "train_001_02.txt").unlink()
    index = tmp_path / "i.json"
    check_done(stage("index_rgbd", "--name", "r", "--data-root", root, "--out", index))
    ended = stage("make_points", "voxels", "--index", index, "--out", tmp_path / "p")
    check_refused(ended, "train_001_02 has no pose", "set cloud.views to one")
    words = ["--index", index, "--views", "one", "--out", tmp_path / "p"]
    check_done(stage("make_points", "voxels", *words))
    mini = tmp_path / "mini.json"
    check_done(stage("make_index", "--name", "mini", "--data-root", mini_root, "--out", mini))
    ended = stage("make_points", "voxels", "--index", mini, "--out", tmp_path / "q")
    check_refused(ended, "has no camera", "docs/adding-a-dataset.md")


def test_fuse_without_maps_is_refused(made, stage, tmp_path):
    given = ["--index", made / "i.json", "--points", made / "points", "--out", tmp_path / "f"]
    check_refused(stage("find_objectness", "fuse", *given), "--maps and --before")


def test_rooms_are_drawn_by_a_script(stage, tmp_path):
    words = ["--train", 1, "--val", 1, "--views", 2, "--width", 40, "--height", 30]
    check_done(stage("make_rooms", "--out", tmp_path / "rooms", *words))
    assert len(json.loads((tmp_path / "rooms" / "boxes.json").read_text())["images"]) == 4
