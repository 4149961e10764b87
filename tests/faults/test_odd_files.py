"""Files of annotations that declare impossible sizes, and what is no file at all."""

import base64
import io
import json
import os

import numpy as np
import pytest
from PIL import Image

from wsss.data.area_files import read_drawings
from wsss.data.file_cache import FileCache
from wsss.run.errors import UserError

FAR = 1_000_000


def png_in_text():
    made = io.BytesIO()
    Image.fromarray(np.full((3, 2), 255, np.uint8)).save(made, "PNG")
    return base64.b64encode(made.getvalue()).decode()


def labelme(height, width):
    shape = {"label": "a", "points": [[0, 0], [1, 2]], "shape_type": "mask", "mask": png_in_text()}
    return json.dumps({"imageHeight": height, "imageWidth": width, "shapes": [shape]})


def label_studio(height, width):
    value = {"brushlabels": ["a"], "rle": [0] * 20}
    result = {"type": "brushlabels", "value": value}
    result |= {"original_height": height, "original_width": width}
    return json.dumps([{"data": {"image": "p.jpg"}, "annotations": [{"result": [result]}]}])


def cvat(height, width, mask=(1, 1)):
    counts = f"0, {mask[0] * mask[1]}"
    return (
        f'<annotations><image name="p.jpg" height="{height}" width="{width}"><mask label="a" '
        f'left="0" top="0" height="{mask[0]}" width="{mask[1]}" rle="{counts}"/></image>'
        "</annotations>"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.json", labelme(FAR, FAR)),
        ("p.json", label_studio(FAR, FAR)),
        ("p.json", label_studio(-1, -1)),
        ("p.xml", cvat(FAR, FAR)),
        ("p.xml", cvat(30, 30, (FAR, FAR))),
        ("p.xml", cvat(30, 30, (-30, -30))),
    ],
)
def test_size_that_no_photo_has_is_refused_before_memory_is_taken(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    with pytest.raises(
        UserError, match=rf"annotations .*{name} cannot be read .*which no photo has"
    ):
        read_drawings(tmp_path / name)


def test_mask_of_a_size_that_a_photo_has_is_read(tmp_path):
    (tmp_path / "p.json").write_text(labelme(30, 40))
    (tmp_path / "p.xml").write_text(cvat(30, 40, (2, 3)))
    for name in ("p.json", "p.xml"):
        (drawing,) = read_drawings(tmp_path / name)
        assert drawing.size == (30, 40)


def test_pipe_in_the_place_of_a_photo_is_refused(tmp_path):
    """To open it would wait forever."""
    os.mkfifo(tmp_path / "p.jpg")
    with pytest.raises(UserError, match=r"p\.jpg cannot be read \(it is a folder, a pipe"):
        FileCache(tmp_path).digest(tmp_path / "p.jpg")
