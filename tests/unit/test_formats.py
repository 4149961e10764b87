"""Labels in other tools' formats, read back."""

import json
import tracemalloc

import numpy as np
import pytest
from PIL import Image, ImageDraw
from pycocotools.coco import COCO

from wsss.data.images import IGNORE
from wsss.export.cvat import write_cvat
from wsss.export.formats import DEFAULT, write_coco, write_labelme, write_panoptic


@pytest.fixture
def labelled(index):
    """Two photos' label maps: nested regions, a hole, ignored pixels; and nothing but
    background.
    """
    first = np.zeros((72, 96), np.uint8)
    first[10:50, 10:60], first[20:40, 20:40], first[25:35, 25:35], first[0:5, 70:80] = (
        1,
        0,
        2,
        IGNORE,
    )
    return list(zip(index.splits["train"], (first, np.zeros((72, 96), np.uint8))))


def test_coco_export_is_read_back_by_pycocotools(index, labelled, tmp_path):
    write_coco(index, labelled, tmp_path)
    coco = COCO(str(tmp_path / "labels.json"))
    assert [image["file_name"] for image in coco.loadImgs([1, 2])] == [
        index.photos[i].image for i, _ in labelled
    ]
    first = np.zeros((72, 96), np.uint8)
    for row in coco.loadAnns(coco.getAnnIds(imgIds=[1])):
        first[coco.annToMask(row) == 1] = row["category_id"]
    assert np.array_equal(first, np.where(labelled[0][1] == IGNORE, 0, labelled[0][1]))
    assert not coco.getAnnIds(imgIds=[2])
    assert [c["name"] for c in coco.loadCats(coco.getCatIds())] == list(index.classes)


@pytest.mark.parametrize("write", [write_coco, write_panoptic, write_cvat])
def test_masks_of_one_photo_are_in_memory(write, index, tmp_path):
    noise = np.random.default_rng(0).integers(0, 3, (96, 128)).astype(np.uint8)
    (photo_id,) = index.splits["train"][:1]

    def peak(count):
        (tmp_path / str(count)).mkdir()
        tracemalloc.start()
        write(index, ((photo_id, noise) for _ in range(count)), tmp_path / str(count), DEFAULT)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1)  # imports
    written = sum(path.stat().st_size for path in (tmp_path / "1").rglob("*") if path.is_file())
    assert peak(12) - peak(2) < 5 * written  # ten photos more


def test_panoptic_segments_are_the_pixels_of_their_png(index, labelled, tmp_path):
    write_panoptic(index, labelled, tmp_path)
    data = json.loads((tmp_path / "panoptic.json").read_text())
    rgb = np.array(Image.open(tmp_path / "panoptic" / data["annotations"][0]["file_name"])).astype(
        np.int64
    )
    ids = rgb[..., 0] + 256 * rgb[..., 1] + 65536 * rgb[..., 2]
    segments = data["annotations"][0]["segments_info"]
    assert {s["id"] for s in segments} == set(np.unique(ids)) - {0}
    assert all(
        s["area"] == (ids == s["id"]).sum() and s["category_id"] == s["id"] for s in segments
    )
    assert data["annotations"][1]["segments_info"] == []


def test_labelme_polygons_cover_the_labels(index, labelled, tmp_path):
    write_labelme(index, labelled, tmp_path)
    number = {
        "_background_": 0,
        "__ignore__": IGNORE,
        **{name: k for k, name in enumerate(index.classes, start=1)},
    }
    for photo_id, map_ in labelled:
        data = json.loads((tmp_path / f"{photo_id}.json").read_text())
        assert (data["imageHeight"], data["imageWidth"]) == map_.shape
        assert (tmp_path / data["imagePath"]).is_file()
        painted = Image.new("L", (96, 72))
        for shape in data["shapes"]:
            points = [(round(x - 0.5), round(y - 0.5)) for x, y in shape["points"]]
            ImageDraw.Draw(painted).polygon(points, fill=number[shape["label"]])
        assert (np.array(painted) == map_).mean() > 0.97
    assert [
        s["label"] for s in json.loads((tmp_path / f"{labelled[0][0]}.json").read_text())["shapes"]
    ] == [index.classes[0], "_background_", index.classes[1], "__ignore__"]
