"""Whatever a file holds, a reader gives what is in it or a UserError that names it, and nothing
else.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import DEFAULT, PROJECT, write_record
from wsss.brought.checks import check_index
from wsss.brought.true_boxes import true_boxes
from wsss.data.digests import digest_of_bytes
from wsss.data.file_cache import FileCache, read_saved_state
from wsss.data.images import read_labels, read_photo, write_labels
from wsss.data.index import Index, read_digests
from wsss.data.index_files import lines_path
from wsss.data.index_format import Head, Line
from wsss.data.maps import MapReader, ScoreMap, map_writer
from wsss.data.photo import Photo
from wsss.datasets.voc import VOC_CLASSES, read_voc
from wsss.plan.config import config_model
from wsss.plan.experiments import read_experiment
from wsss.plan.recipes import read_recipe
from wsss.run.errors import UserError
from wsss.run.records import read_record
from wsss.run.settings import validate
from wsss.score.bootstrap import Counts

fuzzed = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-5, 300)
    | st.floats(allow_nan=True)
    | st.text(max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
damage = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6)


def damage_bytes(data: bytes, changes: list[tuple[int, int]], length: int) -> bytes:
    """Replace bytes and cut the data off at `length`; 0 keeps the length."""
    changed = bytearray(data)
    for place, byte in changes:
        changed[place % len(changed)] = byte
    return bytes(changed[: max(1, length % (len(changed) + 1))]) if length else bytes(changed)


def is_read(read, path):
    """Whether `read(path)` gives something; where not, it says so by name and on one line."""
    try:
        read(path)
    except UserError as error:
        assert Path(path).name in str(error) and "\n" not in str(error)
        return False
    return True


@pytest.fixture
def saved(tmp_path):
    """An index of two photos at index.json."""
    photos = {"p": Photo("p", "p.jpg", (1,)), "q": Photo("q", "q.jpg", (), {"mask": "q.png"})}
    Index("x", ("a", "b"), ".", photos, {"train": ("p",), "val": ("q",)}).save(
        tmp_path / "index.json"
    )
    return tmp_path / "index.json"


def load_index(path):
    """Load an index in whole and in shards, and check what was loaded."""
    if not is_read(Index.load, path):
        return
    is_read(lambda p: read_digests(p, "*"), path)
    for shard in ((0, 2), (1, 2)):
        is_read(lambda p, shard=shard: Index.load(p, shard), path)
    try:
        check_index(Index.load(path))
    except UserError as error:
        assert "\n" not in str(error)


@fuzzed
@given(key=st.sampled_from([*Head.model_fields, "more"]), value=values)
def test_changed_head_of_an_index_is_read_or_refused(key, value, saved):
    assert is_read(Index.load, saved)
    whole = saved.read_bytes()
    saved.write_text(json.dumps({**json.loads(whole), key: value}))
    load_index(saved)
    saved.write_bytes(whole)


@fuzzed
@given(key=st.sampled_from([*Line.model_fields, "more"]), value=values)
def test_changed_line_of_an_index_is_read_or_refused(key, value, saved):
    """Lines that are not what they should be, under digests that say that they were written so."""
    assert is_read(Index.load, saved)
    files = {path: path.read_bytes() for path in (saved, lines_path(saved))}
    first, second = files[lines_path(saved)].splitlines(keepends=True)
    changed = json.dumps({**json.loads(first), key: value}).encode() + b"\n"
    lines_path(saved).write_bytes(changed + second)
    saved.write_text(json.dumps(replace_first_line(json.loads(files[saved]), changed)))
    load_index(saved)
    for path, data in files.items():
        path.write_bytes(data)


def replace_first_line(head, line):
    """The head of an index whose first line became another."""
    first = next(k for k, start in enumerate(head["buckets"][1:]) if start > 0)
    longer = len(line) - head["buckets"][first + 1]
    head["buckets"] = [
        start + longer if k > first else start for k, start in enumerate(head["buckets"])
    ]
    head["bucket_digests"][first] = digest_of_bytes(line)
    return head


@fuzzed
@given(changes=damage, length=st.integers(0, 2000))
@pytest.mark.parametrize("ending", [".json", ".jsonl", ".seen.jsonl"])
def test_damaged_index_is_read_or_refused(ending, changes, length, saved):
    FileCache(".").save(saved, "state")
    assert is_read(Index.load, saved) and read_saved_state(saved) == "state"
    path = saved.with_suffix(ending)
    whole = path.read_bytes()
    path.write_bytes(damage_bytes(whole, changes, length))
    load_index(saved)
    assert read_saved_state(saved) is None or isinstance(read_saved_state(saved), str)
    FileCache.load(saved, ".")
    path.write_bytes(whole)


@fuzzed
@given(value=values)
def test_record_of_another_type_is_not_read(value, tmp_path):
    record = write_record(tmp_path / "a")
    assert read_record(tmp_path / "a") == record
    (tmp_path / "a.prov.json").write_text(json.dumps(value))
    assert read_record(tmp_path / "a") is None


@fuzzed
@given(changes=damage, length=st.integers(0, 2000))
def test_damaged_label_map_or_photo_is_read_or_refused(changes, length, tmp_path):
    write_labels(tmp_path / "whole.png", np.arange(600, dtype=np.uint8).reshape(20, 30) % 21)
    assert is_read(read_labels, tmp_path / "whole.png")
    assert is_read(read_photo, tmp_path / "whole.png")
    (tmp_path / "m.png").write_bytes(
        damage_bytes((tmp_path / "whole.png").read_bytes(), changes, length)
    )
    is_read(read_labels, tmp_path / "m.png")
    is_read(read_photo, tmp_path / "m.png")


@fuzzed
@given(changes=damage, length=st.integers(0, 20000))
def test_damaged_score_maps_are_read_or_refused(changes, length, tmp_path):
    path, ids = tmp_path / "whole.h5", ("p", "q")
    if not path.exists():
        with map_writer(path) as writer:
            for photo_id in ids:
                scores = np.random.default_rng(0).random((2, 5, 6)).astype(np.float32)
                writer.add(photo_id, ScoreMap("cam", np.array([1, 2]), scores, (40, 48)))
    assert all(MapReader([path])[photo_id].size == (40, 48) for photo_id in ids)
    (tmp_path / "m.h5").write_bytes(damage_bytes(path.read_bytes(), changes, length))
    for photo_id in ids:
        is_read(lambda p, i=photo_id: MapReader([p])[i], tmp_path / "m.h5")


@fuzzed
@given(changes=damage, length=st.integers(0, 2000))
def test_damaged_counts_are_read_or_refused(changes, length, tmp_path):
    Counts(("p", "q"), np.arange(12).reshape(2, 3, 2)).save(tmp_path / "whole.npz")
    assert is_read(Counts.load, tmp_path / "whole.npz")
    (tmp_path / "m.npz").write_bytes(
        damage_bytes((tmp_path / "whole.npz").read_bytes(), changes, length)
    )
    is_read(Counts.load, tmp_path / "m.npz")


XML = (
    "<annotation><object><name>cat</name>"
    "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>6</ymax></bndbox>"
    "</object></annotation>"
)


@fuzzed
@given(changes=damage, length=st.integers(0, 200))
def test_damaged_annotation_is_read_or_refused(changes, length, tmp_path):
    for folder in ("JPEGImages", "Annotations", "ImageSets/Segmentation"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    for split, photo_id in (("train", "p"), ("val", "q")):
        (tmp_path / "ImageSets" / "Segmentation" / f"{split}.txt").write_text(f"{photo_id}\n")
        (tmp_path / "Annotations" / f"{photo_id}.xml").write_text(XML)
    path = tmp_path / "Annotations" / "p.xml"
    whole = read_voc("voc", tmp_path, VOC_CLASSES, "train")
    assert whole.photos["p"].tags == (VOC_CLASSES.index("cat") + 1,)
    assert len(true_boxes(whole, "p")) == 1
    path.write_bytes(damage_bytes(XML.encode(), changes, length))
    if is_read(lambda _: read_voc("voc", tmp_path, VOC_CLASSES, "train"), path):
        index = read_voc("voc", tmp_path, VOC_CLASSES, "train")
        is_read(lambda _: true_boxes(index, "p"), path)


@fuzzed
@given(key=st.sampled_from([*config_model().model_fields, "sead"]), value=values)
def test_any_setting_is_read_or_refused_by_name(key, value):
    default = {**DEFAULT, key: DEFAULT[key]} if key in DEFAULT else DEFAULT
    assert validate(config_model(), default)
    try:
        validate(config_model(), {**DEFAULT, key: value})
    except UserError as error:
        assert key in str(error) and "\n" not in str(error)


@fuzzed
@given(
    text=st.text(max_size=60)
    | values.map(lambda v: yaml.safe_dump({"about": "x", "chain": v, "rows": v}))
)
@pytest.mark.parametrize(
    ("read", "whole"),
    [(read_recipe, "recipes/cam.yaml"), (read_experiment, "experiments/dsrg.yaml")],
)
def test_any_text_is_a_recipe_or_refused_by_name(read, whole, text, tmp_path):
    assert is_read(read, PROJECT / whole)
    (tmp_path / "r.yaml").write_text(text, errors="ignore")
    is_read(read, tmp_path / "r.yaml")
