"""A user's own photos and a table of tags become a configuration and an index."""

import json
import subprocess
import sys

import pytest
import yaml

from tests.conftest import PROJECT, check_done, check_refused


@pytest.fixture
def photos(mini_root):
    """A folder of photos alone."""
    return mini_root / "JPEGImages"


@pytest.fixture
def table(photos, tmp_path):
    """A table in which each photo has one of two tags."""
    names = sorted(path.name for path in photos.glob("*.jpg"))
    lines = [f"{name};{'fish' if n % 2 else 'bird'}\n" for n, name in enumerate(names)]
    (tmp_path / "tags.csv").write_text("image;labels\n" + "".join(lines))
    return tmp_path / "tags.csv"


def test_configuration_is_made_from_a_table(photos, table, stage, tmp_path):
    out = tmp_path / "p.yaml"
    ended = stage("new_dataset", photos, "--tags", table, "--name", "pets", "--out", out)
    text = check_done(ended).stdout
    assert "12 photos, 12 with tags" in text and "results/default/pets_masks" in text
    assert text.splitlines()[-1].startswith("class maps start from ImageNet's own")
    made = yaml.safe_load(out.read_text())
    assert made["dataset"] == "pets" and made["folder"]["classes"] == ["bird", "fish"]


def test_wrong_name_of_a_dataset_is_refused(photos, table, stage):
    ended = stage("new_dataset", photos, "--tags", table, "--name", "My Pets")
    check_refused(ended, "My Pets")


def test_nobody_who_reads_is_no_error_to_tell(photos, table, tmp_path):
    words = [
        PROJECT / "stages/new_dataset.py",
        photos,
        "--tags",
        table,
        "--out",
        tmp_path / "p.yaml",
    ]
    ended = subprocess.Popen(
        [sys.executable, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    ended.stdout.close()
    assert ended.stderr.read() == b"" and ended.wait() == 1
    ended.stderr.close()


def test_index_made_again_has_the_same_bytes(photos, table, stage, tmp_path):
    out, counts = ["--out", tmp_path / "i.json"], ["--counts", tmp_path / "c.json"]
    words = ["index_folder", "--name", "pets", "--data-root", photos, "--tags", table, *out]
    check_done(stage(*words, *counts))
    assert json.loads((tmp_path / "c.json").read_text())["all"] == 12
    files = {name: (tmp_path / name).read_bytes() for name in ("i.json", "i.jsonl", "i.seen.jsonl")}
    for more in ([], ["--afresh"]):
        check_done(stage(*words, *more))
        assert files == {name: (tmp_path / name).read_bytes() for name in files}
