"""Files of annotations that declare impossible sizes, and what is no file at all."""

import base64
import io
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import PROJECT
from wsss.brought.area_files import read_drawings
from wsss.brought.photo_list import read_photo_list
from wsss.brought.table_lines import read_lines
from wsss.data.camera import read_camera
from wsss.data.file_cache import FileCache
from wsss.data.images import read_photo
from wsss.data.index import Index
from wsss.data.maps import MapReader
from wsss.data.npy import read_npy, read_npz
from wsss.data.scene_files import SceneFile
from wsss.datasets.coco_json import read_lists
from wsss.nets.models import read_tensors
from wsss.plan.startup import check_logs
from wsss.run.artifacts import read_object, verify
from wsss.run.errors import UserError
from wsss.run.files import atomic, require_file
from wsss.run.lock import holding
from wsss.run.yaml_files import read_yaml
from wsss.score.bootstrap import Counts

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


READERS = {
    "photo.jpg": read_photo,
    "settings.yaml": lambda path: read_yaml(path, "recipe"),
    "object.json": read_object,
    "index.json": Index.load,
    "camera.json": read_camera,
    "instances.json": lambda path: list(read_lists(path, ["images"])),
    "table.csv": read_lines,
    "drawings.xml": read_drawings,
    "list.txt": read_photo_list,
    "maps.h5": lambda path: MapReader([path])["p"],
    "map.npz": read_npz,
    "scene.npz": SceneFile,
    "counts.npz": Counts.load,
    "net.safetensors": read_tensors,
}


@pytest.mark.parametrize("name", READERS)
def test_pipe_in_the_place_of_a_file_is_refused_by_name(name, tmp_path):
    """To open it would wait forever."""
    os.mkfifo(tmp_path / name)
    with pytest.raises(UserError, match=rf"{name}.*it is a pipe or a device"):
        READERS[name](tmp_path / name)


@pytest.mark.parametrize("read", [verify, read_npy])
def test_device_in_the_place_of_a_file_is_refused_by_name(read):
    """To read it would never end."""
    with pytest.raises(OSError, match=r"a pipe or a device.*/dev/zero"):
        read(Path("/dev/zero"))


def test_pipe_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "p")
    with pytest.raises(OSError, match=r"a pipe or a device.*/p'"), atomic(tmp_path / "p"):
        pass
    with pytest.raises(UserError, match=r"lock .*/p is a pipe"):
        holding(tmp_path / "p").__enter__()
    with pytest.raises(UserError, match=r"/p is a pipe or a device, where a log has to be"):
        check_logs(tmp_path)
    assert (tmp_path / "p").is_fifo() and require_file(tmp_path) == tmp_path


READS = re.compile(
    r"\.read_text\(|\.read_bytes\(|\bopen\(|ZipFile\(|h5py\.File\(|np\.load\(|torch\.load\(|"
    r"load_file\(|loadmat\(|load_workbook\(|ElementTree\.parse\("
)
"""calls that open a file"""
WRITES = re.compile(r"""["'](w|a|ab|wb|x)["']|os\.open\(|def |\.open\(_entry""")
"""where they write one, or are no such calls"""
OWN_FILES = {
    "wsss/brought/bitmap_codes.py": "bytes in memory",
    "wsss/datasets/download.py": "what it has unpacked itself",
    "wsss/nets/weights.py": "is_file() is asked first",
    "wsss/plan/backbone_checks.py": "the sources of timm",
    "wsss/plan/method_checks.py": "the program's sources",
    "wsss/report/page.py": "the program's templates",
    "wsss/run/code.py": "the program's sources",
    "wsss/run/processes.py": "/proc",
    "wsss/training/checkpoint.py": "whose digest was taken before",
}


@pytest.mark.parametrize("folder", ["wsss", "stages"])
def test_all_readers_ask_whether_it_is_a_file(folder):
    """A call that opens a file for reading says `require_file`."""
    for path in sorted((PROJECT / folder).rglob("*.py")):
        name = path.relative_to(PROJECT).as_posix()
        lines = [] if name in OWN_FILES else path.read_text().splitlines()
        for number, line in enumerate(lines, start=1):
            reads = READS.search(line) and not WRITES.search(line)
            assert not reads or "require_file(" in line, f"{name} line {number}"


def test_pipe_in_the_place_of_a_photo_is_refused(tmp_path):
    """To open it would wait forever."""
    os.mkfifo(tmp_path / "p.jpg")
    with pytest.raises(UserError, match=r"p\.jpg cannot be read \(it is a folder, a pipe"):
        FileCache(tmp_path).digest(tmp_path / "p.jpg")
