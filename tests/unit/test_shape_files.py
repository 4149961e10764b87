"""Files of strokes, clicks and boxes: each format holds the same shapes; faults are named."""

import json

import numpy as np
import pytest

from wsss.brought.shape import OTHER
from wsss.brought.shape_files import read_rows, read_stroke_png, shape_of_row
from wsss.data.images import write_labels
from wsss.run.errors import UserError

STROKE = ((10.0, 20.0), (30.5, 20.0), (30.5, 40.0))
BOX = ((4.0, 6.0), (25.0, 30.0))

SCRIBBLESUP = """<annotation><filename>a.jpg</filename><size><width>60</width></size>
<polygon><tag>cat</tag><point><X>10</X><Y>20</Y></point><point><X>30.5</X><Y>20</Y></point>
<point><X>30.5</X><Y>40</Y></point></polygon></annotation>"""
VOC = """<annotation><filename>a.jpg</filename>
<object><name>cat</name><bndbox><xmin>5</xmin><ymin>7</ymin><xmax>25</xmax><ymax>30</ymax></bndbox>
</object><object><name>dog</name></object></annotation>"""
CVAT = """<annotations><version>1.1</version><image id="0" name="a.jpg" width="60" height="50">
<polyline label="cat" points="10,20;30.5,20;30.5,40"/><points label="dog" points="7.5,8;9,10"/>
<box label="cat" xtl="4" ytl="6" xbr="25" ybr="30"/><polygon label="cat" points="0,0;1,1;2,0"/>
</image></annotations>"""
LABELME = {
    "imagePath": "..\\photos\\a.jpg",
    "shapes": [
        {"label": "cat", "shape_type": "linestrip", "points": STROKE},
        {"label": "dog", "shape_type": "point", "points": [[7.5, 8]]},
        {"label": "cat", "shape_type": "rectangle", "points": [[25, 6], [4, 30]]},
        {"label": "cat", "shape_type": "polygon", "points": [[0, 0], [1, 1], [2, 0]]},
    ],
}
COCO = {
    "images": [{"id": 5, "file_name": "a.jpg"}],
    "categories": [{"id": 90, "name": "cat"}],
    "annotations": [
        {"id": 1, "image_id": 5, "category_id": 90, "bbox": [4, 6, 21, 24]},
        {"id": 2, "image_id": 5, "category_id": 90, "bbox": [0, 0, 60, 50], "iscrowd": 1},
    ],
}
CLICKS = {"a": [{"x": 7.5, "y": 8, "cls": "dog", "rank": 1}]}


def shapes(tmp_path, name, content):
    """The shapes of a file, as (image, kind, label, points)."""
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    found = []
    for row in read_rows(path):
        shape = shape_of_row(json.loads(json.dumps(row)))  # the cache holds JSON
        found.append((shape.image, shape.kind, shape.label, shape.points))
    return found


CLICK = ((7.5, 8.0),)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.xml", SCRIBBLESUP, [("a.jpg", "scribble", "cat", STROKE)]),
        ("a_scribble.txt", "cat,10,20,30.5,20,30.5,40\n", [("a", "scribble", "cat", STROKE)]),
        ("a.txt", "15,10,20,30.5,20,30.5,40\n\n", [("a", "scribble", "15", STROKE)]),
        ("a.xml", VOC, [("a.jpg", "boxes", "cat", BOX)]),
        ("boxes.json", COCO, [("a.jpg", "boxes", "cat", BOX)]),
        ("c.json", CLICKS, [("a", "points", "dog", CLICK)]),
        ("c.csv", "image,label,x,y\na.jpg,dog,7.5,8\n", [("a.jpg", "points", "dog", CLICK)]),
        ("c.csv", "x;y;file_name;name\n7.5;8;a.jpg;dog\n", [("a.jpg", "points", "dog", CLICK)]),
        (
            "b.csv",
            "image,xmin,ymin,xmax,ymax,class\na.jpg,4,6,25,30,cat\n",
            [("a.jpg", "boxes", "cat", BOX)],
        ),
        (
            "a.json",
            LABELME,
            [
                ("a.jpg", "scribble", "cat", STROKE),
                ("a.jpg", "points", "dog", CLICK),
                ("a.jpg", "boxes", "cat", BOX),
                ("a.jpg", OTHER, "cat", ((0.0, 0.0), (1.0, 1.0), (2.0, 0.0))),
            ],
        ),
        (
            "cvat.xml",
            CVAT,
            [
                ("a.jpg", "scribble", "cat", STROKE),
                ("a.jpg", "points", "dog", CLICK),
                ("a.jpg", "points", "dog", ((9.0, 10.0),)),
                ("a.jpg", "boxes", "cat", BOX),
                ("a.jpg", OTHER, "cat", ((0.0, 0.0),)),
            ],
        ),
    ],
)
def test_every_format_gives_its_shapes(tmp_path, name, content, expected):
    assert shapes(tmp_path, name, content) == expected


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("a.txt", "cat,1,2,3\n", "line 1 has an x without a y"),
        ("a.txt", "cat,1,nan\n", "a.txt line 1 has a coordinate that is no number"),
        ("a.txt", "cat\n", "coordinate"),
        ("a.txt", "cat,1,b\n", "could not convert"),
        ("a.txt", "0 0.5 0.5 0.25 1\n", "YOLO's"),
        ("a.xml", "<annotation><polygon>", "no element found"),
        ("a.xml", "<html/>", "its root is <html>"),
        ("a.xml", SCRIBBLESUP.replace("<Y>40</Y>", ""), "stroke 1 lacks a coordinate"),
        ("a.xml", SCRIBBLESUP.replace("<tag>cat</tag>", ""), "stroke 1 has no class"),
        ("a.json", "[]", "it is a list"),
        ("a.json", "{", "annotations"),
        ("a.json", {"a": [{"x": 1, "cls": 1}]}, "KeyError: 'y'"),
        ("a.json", {"a": [{"x": 1, "y": 1}]}, "a.json a click 1 has no class"),
        ("a.csv", "image,x,y\na.jpg,1,2\n", "no column is called label"),
        ("a.csv", "", "no column is called image"),
        ("a.csv", "image,label,x,y\na.jpg,dog,1\n", "a.csv line 2 has too few cells"),
        ("a.doc", "", "an ending that is not read"),
    ],
)
def test_a_faulty_file_is_named_with_what_is_wrong(tmp_path, name, content, named):
    with pytest.raises(UserError) as error:
        shapes(tmp_path, name, content)
    assert named in str(error.value) and str(tmp_path / name) in str(error.value)
    assert "\n" not in str(error.value)


def test_what_a_png_holds_is_counted(tmp_path):
    strokes = np.full((4, 6), 255, np.uint8)
    strokes[0], strokes[1, :2] = 0, 7
    write_labels(tmp_path / "a.png", strokes)
    assert read_stroke_png(tmp_path / "a.png") == [4, 6, [0, 7, 255], [6, 2, 16]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "ImageID,label,XMin,XMax,YMin,YMax\na,cat,0.1,0.9,0.2,1\n"),
        ("a.json", {"a": [{"x": 0.5, "y": 0.25, "cls": "cat"}]}),
    ],
)
def test_coordinates_that_are_shares_of_the_photo_are_refused(tmp_path, name, content):
    """As Open Images has them: taken for pixels, a box would be the first pixel alone."""
    with pytest.raises(UserError, match="shares of the photo; give pixels"):
        shapes(tmp_path, name, content)
