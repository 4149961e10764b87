"""The lines of docs/usage.md that read class maps."""

import re

import h5py
import numpy as np

from tests.conftest import PROJECT
from wsss.data.maps import ScoreMap, map_writer


def test_documented_lines_read_the_maps_of_a_photo(tmp_path, monkeypatch):
    page = (PROJECT / "docs/usage.md").read_text().split("## Use maps and labels")[1]
    code = re.search(r"^```python\n(.*?)^```", page, re.M | re.S)[1]
    folder, photo = re.search(r'Path\("(.*?)"\)', code)[1], re.search(r'maps\["(.*?)"\]', code)[1]
    monkeypatch.chdir(tmp_path)
    path = tmp_path / folder / "maps/train/0-of-1.h5"
    path.parent.mkdir(parents=True)
    shown = np.linspace(0, 1, 96, dtype=np.float32).reshape(2, 6, 8)
    with map_writer(path) as writer:
        writer.add(photo, ScoreMap("cam", np.array([1, 15]), shown, (60, 80)))
    names = {}
    exec(code, names)
    assert names["scores"].shape == (2, 60, 80) and list(names["item"].labels) == [1, 15]
    with h5py.File(path, locking=False) as file:  # as the page says of other programs
        assert file[photo]["scores"].shape == (2, 6, 8)
        assert set(file[photo].attrs) >= {"labels", "size", "kind"}
