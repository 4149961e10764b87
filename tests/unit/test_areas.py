"""Areas that people drew: polygons against a slow drawing, bitmaps there and back, and the files of
each tool.
"""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from wsss.brought.area_files import drawing_of_row, read_drawing_rows, read_drawings
from wsss.brought.areas import (
    Area,
    Drawing,
    check_drawing,
    draw,
    fill_polygon,
    find_label,
)
from wsss.brought.bitmap_codes import (
    decode_cvat,
    decode_label_studio,
    decode_labelme,
    encode_cvat,
    encode_label_studio,
)
from wsss.data.correction_values import from_values, to_values
from wsss.run.errors import UserError

CLASSES = ("cat", "dog")
RANDOM = np.random.default_rng(0)


def slow_polygon(points, size):
    """Each pixel by itself: the sides that a ray from its centre to the left crosses."""
    pixels = np.zeros(size, bool)
    for row, column in np.ndindex(*size):
        x, y = column + 0.5, row + 0.5
        for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]]):
            if (y0 <= y) != (y1 <= y) and x0 + (y - y0) * (x1 - x0) / (y1 - y0) <= x:
                pixels[row, column] ^= True
    return pixels


@pytest.mark.parametrize("corners", [3, 5, 12])
def test_polygons_cover_the_pixels_whose_centre_is_inside(corners):
    for _ in range(5):
        points = RANDOM.uniform(-5, 25, (corners, 2))
        expected = slow_polygon(points.tolist(), (20, 16))
        assert (fill_polygon(points, (20, 16)) == expected).all()
    square = np.array([[2, 1], [6, 1], [6, 4], [2, 4]])
    filled = fill_polygon(square, (8, 9))
    assert filled[1:4, 2:6].all() and filled.sum() == 12


def masks():
    """Bitmaps with every kind of run: noise, empty, full, blocks, runs above 65,536 values."""
    yield RANDOM.random((7, 9)) < 0.5
    yield np.zeros((3, 4), bool)
    yield np.ones((3, 4), bool)
    large = np.zeros((200, 300), bool)
    large[20:170, 5:299] = True
    yield large


def test_codes_of_bitmaps_are_lossless():
    for mask in masks():
        assert (decode_cvat(encode_cvat(mask), mask.shape) == mask).all()
        assert (decode_label_studio(encode_label_studio(mask), mask.shape) == mask).all()
        labels = np.where(mask, 2, 0).astype(np.uint8)
        assert (from_values(json.loads(json.dumps(to_values(labels)))) == labels).all()


def test_label_studios_code_is_the_one_that_its_tools_write():
    """One pixel of opacity: four values in one run, coded by hand from the layout of the bits."""
    bits = f"{4:032b}{7:05b}{2:04b}{3:04b}{7:04b}{15:04b}" + f"1{0:02b}{3:03b}{255:08b}"
    bits += "0" * (-len(bits) % 8)
    expected = [int(bits[place : place + 8], 2) for place in range(0, len(bits), 8)]
    assert encode_label_studio(np.ones((1, 1), bool)) == expected
    single = f"{8:032b}{7:05b}{2:04b}{3:04b}{7:04b}{15:04b}" + f"0{0:02b}{7:03b}"
    single += "".join(f"{value:08b}" for value in (1, 2, 3, 0, 9, 9, 9, 200))
    single += "0" * (-len(single) % 8)
    code = [int(single[place : place + 8], 2) for place in range(0, len(single), 8)]
    assert decode_label_studio(code, (1, 2)).tolist() == [[False, True]]


def test_damaged_codes_are_errors():
    with pytest.raises(ValueError, match="not of 4 x 3"):
        decode_cvat("3, 4", (3, 4))
    code = encode_label_studio(np.ones((3, 4), bool))
    with pytest.raises(ValueError, match="not of 5 x 3"):
        decode_label_studio(code, (3, 5))
    with pytest.raises(ValueError, match="cut off"):
        decode_label_studio(code[:8], (3, 4))
    for text in ("no base64!", "iVBORw0KGgo=", ""):
        with pytest.raises(ValueError):
            decode_labelme(text)


def test_names_of_labels():
    names = ("cat", "2", "background", "_background_", "__ignore__", "255", "horse", "3")
    assert [find_label(name, CLASSES) for name in names] == [1, 2, 0, 0, 255, 255, None, None]
    assert find_label("void", ("void",)) == 1


def square(left, top, side):
    return [left, top, left + side, top, left + side, top + side, left, top + side]


def areas(*rows):
    return tuple(Area(label, [square(*corner)], "file shape") for label, corner in rows)


def test_later_areas_lie_on_earlier_ones_and_small_ones_of_coco_on_large_ones():
    rows = areas(("cat", (4, 4, 2)), ("dog", (2, 2, 8)), ("255", (0, 0, 1)))
    in_order = draw(Drawing("1.jpg", None, rows), (12, 12), CLASSES)
    assert in_order[4, 4] == 2 and in_order[0, 0] == 255 and in_order[11, 11] == 0
    by_size = draw(Drawing("1.jpg", None, rows, by_size=True), (12, 12), CLASSES)
    assert by_size[4, 4] == 1 and by_size[2, 2] == 2


def test_faults_of_drawings_are_named():
    drawing = Drawing("1.jpg", (12, 12), areas(("horse", (0, 0, 3))))
    assert "unknown class 'horse'" in check_drawing(drawing, (12, 12), CLASSES)
    assert "12 x 12" in check_drawing(drawing, (9, 12), CLASSES)
    bad = Drawing("1.jpg", None, (Area("cat", [[1, 2, 3]], "file shape 1"),))
    assert "cannot be drawn (file shape 1)" in check_drawing(bad, (9, 9), CLASSES)
    assert check_drawing(Drawing("1.jpg", None, areas(("cat", (0, 0, 3)))), (9, 9), CLASSES) is None


EXPECTED = np.zeros((6, 8), np.uint8)
EXPECTED[1:4, 2:5] = 1
EXPECTED[4:6, 6:8] = 2


def labelme():
    png = io.BytesIO()
    Image.new("1", (2, 2), 1).save(png, format="PNG")
    bitmap = base64.b64encode(png.getvalue()).decode()
    polygon = np.reshape(square(2, 1, 3), (-1, 2)).tolist()
    shapes = [
        {"label": "cat", "points": polygon, "shape_type": "polygon"},
        {"label": "dog", "points": [[6, 4], [7, 5]], "shape_type": "mask", "mask": bitmap},
    ]
    return {"imagePath": "..\\x\\1.jpg", "imageHeight": 6, "imageWidth": 8, "shapes": shapes}


def coco():
    counts = [0] * 48
    runs = np.flatnonzero(np.diff(np.pad((EXPECTED == 2).T.ravel(), 1).astype(int)))
    counts = np.diff([0, *runs, 48]).tolist()
    annotations = [
        {"image_id": 5, "category_id": 9, "segmentation": [square(2, 1, 3)]},
        {"image_id": 5, "category_id": 4, "segmentation": {"size": [6, 8], "counts": counts}},
    ]
    images = [{"id": 5, "file_name": "1.jpg", "height": 6, "width": 8}]
    images.append({"id": 6, "file_name": "2.jpg", "height": 6, "width": 8})
    names = [{"id": 9, "name": "cat"}, {"id": 4, "name": "dog"}]
    return {"images": images, "annotations": annotations, "categories": names}


def label_studio():
    size = {"original_width": 8, "original_height": 6}
    points = (np.reshape(square(2, 1, 3), (-1, 2)) * 100 / [8, 6]).tolist()
    box = {"x": 75, "y": 400 / 6, "width": 25, "height": 200 / 6, "rectanglelabels": ["dog"]}
    polygon = {"points": points, "polygonlabels": ["cat"]}
    result = [
        {"type": "polygonlabels", **size, "value": polygon},
        {"type": "rectanglelabels", **size, "value": box},
        {"type": "choices", "value": {"choices": ["good"]}},
    ]
    task = {"data": {"image": "/data/upload/1.jpg"}, "annotations": [{"result": result}]}
    return [task, {"data": {"image": "2.jpg"}, "annotations": []}]


CVAT = """<annotations><image id="0" name="1.jpg" width="8" height="6">
<mask label="dog" rle="0, 4" left="6" top="4" width="2" height="2" z_order="1"></mask>
<polygon label="cat" points="2,1;5,1;5,4;2,4" z_order="0"></polygon>
</image><image id="1" name="2.jpg" width="8" height="6"></image></annotations>"""


@pytest.mark.parametrize("make", [labelme, coco, label_studio, None])
def test_files_of_all_tools_give_the_same_label_map(make, tmp_path):
    path = tmp_path / ("areas.json" if make else "areas.xml")
    path.write_text(json.dumps(make()) if make else CVAT)
    rows = json.loads(json.dumps(read_drawing_rows(path)))
    (drawing,) = [drawing_of_row(row) for row in rows]  # 2.jpg has none
    assert drawing == read_drawings(path)[0]
    assert drawing.image.endswith("1.jpg") and drawing.size == (6, 8)
    assert check_drawing(drawing, (6, 8), CLASSES) is None
    assert (draw(drawing, (6, 8), CLASSES) == EXPECTED).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '{"shapes": [{"label": "cat", "points": [[0, 0], [1, 1]], "shape_type": "line"}]}',
            "line",
        ),
        ('{"images": [], "annotations": [{}]}', "categories"),
        ("[1]", "int"),
        ("no json", "Expecting"),
    ],
)
def test_files_of_other_forms_are_refused_in_one_line(text, words, tmp_path):
    path = tmp_path / "file.json"
    path.write_text(text)
    with pytest.raises(UserError, match=r"file\.json cannot be read") as caught:
        read_drawings(path)
    assert words in str(caught.value)
