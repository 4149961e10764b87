"""benchmarks/merge_voc.py: several folders in VOC's layout as one."""

import subprocess
import sys

from tests.conftest import PROJECT


def write_root(root, train, val, aug=()):
    """A folder in VOC's layout whose files say which root they are of."""
    lists = root / "ImageSets/Segmentation"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("\n".join(train))
    (lists / "val.txt").write_text("\n".join(val))
    if aug:
        (lists / "trainaug.txt").write_text("\n".join(aug))
    folders = {"JPEGImages": ".jpg", "SegmentationClass": ".png", "Annotations": ".xml"}
    for folder, ending in folders.items():
        (root / folder).mkdir()
        for name in {*train, *val, *aug}:
            (root / folder / f"{name}{ending}").write_text(root.name)
    return root


def test_lists_are_joined_and_the_first_copy_of_a_file_wins(tmp_path):
    roots = [
        write_root(tmp_path / "one", ["a", "b"], ["c"]),
        write_root(tmp_path / "two", ["b", "d"], ["e"], aug=["f"]),
    ]
    script, out = PROJECT / "benchmarks/merge_voc.py", tmp_path / "both"
    command = [sys.executable, str(script), *map(str, roots), "--out", str(out)]
    subprocess.run(command, check=True)
    lists = {file.stem: file.read_text().split() for file in out.glob("ImageSets/*/*.txt")}
    assert lists["train"] == ["a", "b", "d"] and lists["train_1"] == ["a", "b"]
    assert lists["val"] == ["c", "e"] and lists["val_2"] == ["e"]
    assert lists["trainaug"] == ["a", "b", "d", "f"]
    assert (out / "Annotations/b.xml").read_text() == "one"
    for photo in lists["trainaug"]:
        assert (out / f"JPEGImages/{photo}.jpg").exists()
        assert (out / f"SegmentationClassAug/{photo}.png").exists()
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 2 and "delete it" in again.stderr
