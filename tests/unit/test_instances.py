"""Instances: centres and groups by hand, pieces, COCO's JSON, average precision at half overlap."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from wsss.affinity.instance_settings import InstanceSettings
from wsss.affinity.instances import (
    PhotoGrid,
    find_instances,
    follow_displacements,
    group_cells,
    split_into_regions,
)
from wsss.affinity.irn import Irn
from wsss.affinity.irn_settings import IrnSettings
from wsss.affinity.walk_settings import IrnWalkSettings
from wsss.brought.true_boxes import true_boxes
from wsss.data.instances import coco_dataset, decode_mask, encode_mask
from wsss.data.maps import ScoreMap
from wsss.score.instances import box_precision


def two_blobs():
    """Displacements of a grid of 12 x 20 whose left half points to (5, 4), whose right half to (6,
    15).
    """
    y, x = torch.meshgrid(torch.arange(12.0), torch.arange(20.0), indexing="ij")
    left = x < 10
    return torch.stack([torch.where(left, 5 - y, 6 - y), torch.where(left, 4 - x, 15 - x)]) / 4


def test_displacements_end_at_the_object_centre():
    place = follow_displacements(two_blobs(), 100)
    assert torch.allclose(
        place[:, :, :9], torch.tensor([5.0, 4.0]).view(2, 1, 1).expand(2, 12, 9), atol=0.05
    )
    assert torch.allclose(
        place[:, :, 11:], torch.tensor([6.0, 15.0]).view(2, 1, 1).expand(2, 12, 9), atol=0.05
    )


def test_cells_with_one_centre_form_one_instance():
    groups = group_cells(follow_displacements(two_blobs(), 100), two_blobs(), below=0.6)
    assert groups.shape == (2, 12, 20) and (groups.sum(dim=0) == 1).all()
    one = groups[int(groups[1, 5, 2])]
    assert one[:, :9].all() and not one[:, 11:].any()


def test_instances_are_connected_and_small_ones_are_dropped():
    maps = np.zeros((2, 10, 10), np.float32)
    maps[0, 1:5, 1:5], maps[0, 7:10, 6:10], maps[0, 9, 0], maps[1, 1:5, 6:9] = 1.0, 0.5, 1.0, 0.6
    background = np.full((10, 10), 0.25, np.float32)
    photo_grid = PhotoGrid((10, 10), (10, 10))
    settings = InstanceSettings(smallest=0.05)
    found = split_into_regions(maps, background, np.array([3, 7]), photo_grid, settings)
    seen = [(one.label, round(one.score, 2), int(one.mask.sum())) for one in found]
    assert seen == [(3, 1.0, 16), (3, 0.5, 12), (7, 0.6, 12)]


@pytest.mark.parametrize(("diagonal", "sizes"), [(True, [8]), (False, [4, 4])])
def test_pieces_that_touch_at_a_corner_are_one_on_request(diagonal, sizes):
    maps = np.zeros((1, 8, 8), np.float32)
    maps[0, 1:3, 1:3] = maps[0, 3:5, 3:5] = 1.0
    grid, settings = PhotoGrid((8, 8), (8, 8)), InstanceSettings(diagonal=diagonal)
    found = split_into_regions(maps, np.full((8, 8), 0.25), np.array([3]), grid, settings)
    assert [int(one.mask.sum()) for one in found] == sizes


@pytest.mark.parametrize("kind", ["cam", "prob"])
def test_instances_have_only_tags_of_the_photo(kind):
    torch.manual_seed(0)
    task = Irn(IrnSettings(backbone="tf_efficientnet_lite0", weights="none", output_stride=16), 3)
    task.network.eval()
    scores = np.zeros((1, 5, 6), np.float32)
    scores[0, :, 1:] = 1
    item = (
        ScoreMap("cam", np.array([2]), scores, (40, 48))
        if kind == "cam"
        else ScoreMap("prob", np.array([0, 2]), np.concatenate([1 - scores, scores]), (40, 48))
    )
    found = find_instances(
        task,
        np.zeros((40, 48, 3), np.uint8),
        item,
        IrnWalkSettings(),
        InstanceSettings(),
        torch.device("cpu"),
    )
    assert found and all(
        one.label == 2 and one.mask.shape == (40, 48) and one.mask.any() for one in found
    )
    empty = ScoreMap("cam", np.zeros(0, np.int64), np.zeros((0, 5, 6), np.float32), (40, 48))
    assert not find_instances(
        task,
        np.zeros((40, 48, 3), np.uint8),
        empty,
        IrnWalkSettings(),
        InstanceSettings(),
        torch.device("cpu"),
    )


def test_masks_are_read_back_from_coco_encoding():
    mask = np.zeros((7, 9), bool)
    mask[2:5, 3:8] = True
    row = json.loads(json.dumps(encode_mask(mask)))
    assert row["bbox"] == [3, 2, 5, 3] and row["area"] == 15
    assert np.array_equal(decode_mask(row["segmentation"]), mask)


def test_boxes_of_drawn_scenes_enclose_their_objects(index):
    photo = index.split("train")[0]
    rows = true_boxes(index, photo.id)
    assert {row["category_id"] for row in rows} == set(photo.tags)
    assert all(row["bbox"][0] >= 0 and row["bbox"][0] + row["bbox"][2] <= 96 for row in rows)


def dataset(index, rows):
    """A COCO dataset of the first photo of train, 100 x 100, from (category, box, score or
    iscrowd).
    """
    full = [
        {"category_id": c, "bbox": [float(v) for v in box], "area": float(box[2] * box[3]), **more}
        for c, box, more in rows
    ]
    return coco_dataset(index, [(index.splits["train"][0], (100, 100), full)])


def test_average_precision_by_hand(index):
    truth = dataset(
        index,
        [
            (1, (0, 0, 10, 10), {}),
            (1, (50, 50, 20, 20), {}),
            (2, (0, 0, 40, 40), {"iscrowd": 0}),
            (2, (60, 60, 20, 20), {"iscrowd": 1}),
        ],
    )
    found = dataset(
        index,
        [
            (1, (0, 0, 10, 9), {"score": 0.9}),
            (1, (20, 20, 10, 10), {"score": 0.8}),
            (1, (50, 50, 20, 20), {"score": 0.7}),
            (2, (60, 60, 20, 20), {"score": 0.9}),
            (2, (0, 0, 10, 10), {"score": 0.5}),
        ],
    )
    score = box_precision(found, truth)
    names = list(score["per_class"])
    # class 1: right, wrong, right: precision 1 up to recall 1/2, then 2/3; COCO reads it at 101
    # recalls
    assert score["per_class"][names[0]] == pytest.approx(100 * (51 + 50 * 2 / 3) / 101, abs=0.01)
    assert score["per_class"][names[1]] == 0 and score["per_class"][names[2]] is None
    assert score["ap50"] == pytest.approx(
        np.mean([score["per_class"][n] for n in names[:2]]), abs=0.01
    )


def test_average_precision_without_detections_or_boxes(index):
    truth = dataset(index, [(1, (0, 0, 10, 10), {})])
    assert box_precision(dataset(index, []), truth)["ap50"] == 0
    found = dataset(index, [(1, (0, 0, 10, 9), {"score": 0.9})])
    assert box_precision(found, dataset(index, []))["ap50"] is None


def test_exported_dataset_is_read_by_pycocotools(index, tmp_path: Path):
    from pycocotools.coco import COCO

    mask = np.zeros((100, 100), bool)
    mask[10:20, 30:60] = True
    data = coco_dataset(
        index,
        [
            (
                index.splits["train"][0],
                (100, 100),
                [{"category_id": 2, "score": 0.5, **encode_mask(mask)}],
            )
        ],
    )
    (tmp_path / "c.json").write_text(json.dumps(data))
    coco = COCO(str(tmp_path / "c.json"))
    annotation = coco.loadAnns(coco.getAnnIds(catIds=[2]))[0]
    assert np.array_equal(coco.annToMask(annotation).astype(bool), mask)
