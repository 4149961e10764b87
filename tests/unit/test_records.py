"""Records: any damage to them is seen, swapped ones too; digests do not depend on shards."""

import dataclasses
import json
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import write_record
from wsss.run.artifacts import COMMAND, mark_work, place_of, remake, verify
from wsss.run.errors import UserError
from wsss.run.files import write_json
from wsss.run.methods import Method
from wsss.run.records import (
    GivenArtifact,
    Input,
    content_digest,
    join_digests,
    join_lineages,
    lineage_of,
    read_record,
    record_problem,
)
from wsss.run.stage import Stage

fuzzed = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def work(tmp_path):
    """A work folder with two steps of two shards each."""
    folder = tmp_path / "work"
    mark_work(folder)
    for step in ("crf-1", "par-2"):
        for shard in ("0-of-2", "1-of-2"):
            made(folder / step / "labels" / shard, f"{step} {shard}", settings={"step": step})
    return folder


def made(path, text, **told):
    """A folder of one file, with its record."""
    path.mkdir(parents=True)
    (path / "a.png").write_text(text)
    write_record(path, outputs={path.name: content_digest(path)}, place=place_of(path), **told)


def labels(folder, names, shards):
    """Folders that the named files are dealt to."""
    for number, name in enumerate(names):
        path = folder / f"{number % shards}-of-{shards}"
        path.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(f"labels of {name}")
    return sorted(folder.iterdir())


def test_a_record_is_read_as_it_was_written(tmp_path):
    told = {
        "method": "crf",
        "settings": {"beta": 0.1, "scales": [1, 2]},
        "options": {"split": "é"},
        "inputs": {"maps": Input("f0", "ab")},
        "read": {"train": {"photos": "ff"}},
    }
    record = write_record(tmp_path / "x", **told)
    assert read_record(tmp_path / "x") == record and record_problem(tmp_path / "x") is None
    told = json.loads((tmp_path / "x.prov.json").read_text())
    assert told["format"] == 2 and told["lineage"] == record.lineage and list(told)[-1] == "digest"


@fuzzed
@given(place=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_changed_record_is_not_read(place, byte, tmp_path):
    write_record(tmp_path / "x", settings={"beta": 0.1}, outputs={"x": "f00"})
    path = tmp_path / "x.prov.json"
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= byte
    path.write_bytes(data)
    assert (read_record(tmp_path / "x") is None) == bool(byte)


@fuzzed
@given(length=st.integers(0, 10**6))
def test_truncated_record_is_not_read(length, tmp_path):
    write_record(tmp_path / "x", settings={"beta": 0.1})
    path = tmp_path / "x.prov.json"
    data = path.read_bytes()
    path.write_bytes(data[: length % len(data)])
    assert read_record(tmp_path / "x") is None
    assert record_problem(tmp_path / "x") == "a damaged record"


def test_record_of_another_version_is_not_reported_as_damaged(tmp_path):
    assert record_problem(tmp_path / "x") == "no record"
    write_json(tmp_path / "x.prov.json", {"stage": "stages/s.py", "variant": "crf", "outputs": {}})
    assert read_record(tmp_path / "x") is None
    assert record_problem(tmp_path / "x") == "a record of another version"
    told = json.loads(json.dumps(write_record(tmp_path / "x").as_json()))
    write_json(tmp_path / "x.prov.json", {**told, "format": 3})
    assert record_problem(tmp_path / "x") == "a record of another version"
    write_json(tmp_path / "x.prov.json", {**told, "code": "beef"})
    assert record_problem(tmp_path / "x") == "a damaged record"


def test_digest_of_labels_does_not_depend_on_the_number_of_shards(tmp_path):
    names = [f"{n}.png" for n in range(9)]
    shards = [labels(tmp_path / str(n), names, n) for n in (1, 2, 4)]
    joined = {join_digests(map(content_digest, folders)) for folders in shards}
    assert len(joined) == 1
    (tmp_path / "4" / "0-of-4" / names[0]).write_text("other")
    assert join_digests(map(content_digest, sorted((tmp_path / "4").iterdir()))) not in joined


def test_digest_of_a_folder_covers_file_names_but_no_hidden_files(tmp_path):
    (folder,) = labels(tmp_path / "x", ["a.png"], 1)
    before = content_digest(folder)
    (folder / ".snakemake_timestamp").touch()
    (folder / ".cache").mkdir()
    (folder / ".cache" / "b").touch()
    assert content_digest(folder) == before and before[0] == "s" and len(before) == 17
    (folder / "a.png").rename(folder / "b.png")
    assert content_digest(folder) != before


def test_digest_of_a_model_covers_its_description(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_text("weights")
    assert content_digest(tmp_path / "a") == content_digest(tmp_path / "b")
    (tmp_path / "b.json").write_text("{}")
    assert content_digest(tmp_path / "a") != content_digest(tmp_path / "b")
    assert join_digests(["f1", "f2"]) == join_digests(["f2", "f1"]) != join_digests(["f1"])


def test_digest_of_inputs_covers_their_names():
    one, two = GivenArtifact("cams", "f1", "a"), GivenArtifact("labels", "f2", "b")
    swapped = [GivenArtifact("cams", "f2", "b"), GivenArtifact("labels", "f1", "a")]
    assert Input.of([one, two]) == Input.of([one, two])
    assert Input.of([one, two]).digest != Input.of(swapped).digest
    assert Input.of([one, two]).lineage != Input.of(swapped).lineage
    plain = [GivenArtifact("", "f1", "a"), GivenArtifact("", "f2", "b")]
    assert Input.of(plain) == Input(join_digests(["f2", "f1"]), join_lineages(["b", "a", "b"]))


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "x"},
        {"method": "x"},
        {"settings": {"x": 1}},
        {"options": {"x": 1}},
        {"code": "x"},
        {"read": {"train": {"photos": "x"}}},
        {"inputs": {"x": Input("f", "x")}},
    ],
)
def test_lineage_changes_with_all_that_decides_an_artifact(change, tmp_path):
    record = write_record(tmp_path / "x")
    assert dataclasses.replace(record, **change).lineage != record.lineage
    same = dataclasses.replace(record, versions={"torch": "3"}, outputs={"x": "f1"}, place="y")
    assert same.lineage == record.lineage == lineage_of("stages/s.py", None, {}, {}, "c0de", {}, {})


@pytest.mark.parametrize("text", [None, "", "{}", "[1, 2]"])
def test_artifact_without_a_readable_record_is_refused_in_a_work_folder(text, work, monkeypatch):
    monkeypatch.setenv(COMMAND, "snakemake --cores 2")
    path = work / "crf-1" / "labels" / "0-of-2"
    assert verify(path) == content_digest(path)
    note = path.with_name("0-of-2.prov.json")
    note.unlink() if text is None else note.write_text(text)
    with pytest.raises(UserError, match="has no readable record") as error:
        verify(path)
    assert f"remake it: snakemake --cores 2 -- {path}" in str(error.value)
    assert "rm " not in str(error.value)


@pytest.mark.parametrize("other", ["crf-1/labels/1-of-2", "par-2/labels/0-of-2"])
def test_a_record_of_another_shard_or_step_is_refused(other, work):
    path = work / "crf-1" / "labels" / "0-of-2"
    (work / other / "a.png").write_text((path / "a.png").read_text())  # equal content shows nothing
    swapped = work / other
    outputs = {swapped.name: content_digest(swapped)}
    write_record(swapped, outputs=outputs, place=place_of(swapped))
    shutil.copy(f"{swapped}.prov.json", f"{path}.prov.json")
    with pytest.raises(UserError, match=r"is not what stages/s\.py wrote there"):
        verify(path)


def test_artifacts_are_valid_in_a_moved_work_folder(work, tmp_path):
    shutil.move(work, tmp_path / "elsewhere" / "kept")
    path = tmp_path / "elsewhere" / "kept" / "par-2" / "labels" / "1-of-2"
    assert verify(path) == content_digest(path)
    shutil.move(path, path.with_name("0-of-9"))
    shutil.move(f"{path}.prov.json", path.with_name("0-of-9.prov.json"))
    with pytest.raises(UserError, match="0-of-9 is not what"):
        verify(path.with_name("0-of-9"))


def test_users_file_outside_a_work_folder_needs_no_record(tmp_path, work):
    (tmp_path / "own.h5").write_text("maps")
    assert verify(tmp_path / "own.h5") == content_digest(tmp_path / "own.h5")
    shutil.copy(tmp_path / "own.h5", work / "own.h5")
    with pytest.raises(UserError, match=f"a file of your own belongs outside of {work}"):
        verify(work / "own.h5")


def test_files_inside_an_artifact_are_covered_by_its_record(work):
    path = work / "crf-1" / "labels" / "0-of-2"
    assert verify(path / "a.png") == content_digest(path / "a.png")
    (path / "b.png").touch()
    with pytest.raises(UserError, match="0-of-2 is not what"):
        verify(path / "a.png")


def test_command_to_remake_keeps_files_without_records(work, monkeypatch):
    monkeypatch.setenv(COMMAND, "snakemake")
    one, two = (work / "crf-1" / "labels" / f"{k}-of-2" for k in (0, 1))
    one.with_name("0-of-2.prov.json").unlink()
    assert remake([one, two]) == f"rm -rf {two}.prov.json {two} && snakemake -- {one} {two}"
    assert remake([one]) == f"snakemake -- {one}"


def test_a_work_folder_is_marked_once_and_not_by_another_tag(tmp_path):
    (tmp_path / "CACHEDIR.TAG").write_text("something else")
    path = tmp_path / "deep" / "x"
    assert place_of(path) == "x"
    mark_work(tmp_path)
    mark_work(tmp_path)
    assert place_of(path) == "deep/x"


METHODS = {"one": Method("m:f", "wsss.run.settings:Settings", annotations=("boxes",))}


def stage_of(main, argv, methods=None, **told):
    """Run a stage of one input, two options and an output; gives how it ended."""
    stage = Stage("write_labels.py", "a stage", methods).output("out", "out")
    stage.input("maps", "maps", required=False).option("split", "s", default="train")
    stage.option("shard", "s").option("root", "r", affects_result=False)
    stage.option("twice", "t", action="store_true")
    if told:
        stage.index("the index", **told)
    try:
        stage.run(main, [*map(str, argv)])
    except SystemExit as end:
        return end.code
    return 0


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr("signal.signal", lambda *_: None)


def writes(args, settings):
    write_json(args.out, {"split": args.split, "twice": args.twice, "shard": args.shard})


def test_given_options_are_recorded_and_defaults_are_not(tmp_path, quiet):
    out = tmp_path / "out"
    assert stage_of(writes, ["--out", out]) == 0
    assert read_record(out).options == {}
    assert json.loads(out.read_text()) == {"split": "train", "twice": False, "shard": None}
    more = ["--split", "val", "--shard", "0/2", "--root", "r", "--twice"]
    assert stage_of(writes, ["--out", out, *more]) == 0
    assert read_record(out).options == {"split": "val", "twice": True}
    assert json.loads(out.read_text()) == {"split": "val", "twice": True, "shard": "0/2"}


def test_record_holds_the_digest_that_the_index_had_at_the_start(tmp_path, quiet):
    index, asked = tmp_path / "i.json", []
    index.write_text("as it was")

    def digests(path, split, kinds):
        asked.append((split, kinds))
        return {"photos": index.read_text(), **dict.fromkeys(kinds, "k")}

    def edits(args, settings):
        index.write_text("edited")
        writes(args, settings)

    given = ["one", "--out", tmp_path / "out", "--index", index]
    assert stage_of(edits, given, METHODS, digests=digests, reads=("mask",)) == 0
    assert asked == [("train", ("boxes", "mask"))]
    read = {"train": {"photos": "as it was", "boxes": "k", "mask": "k"}}
    assert read_record(tmp_path / "out").read == read


def test_lineage_of_an_input_is_that_of_its_record_or_content(tmp_path, quiet):
    (tmp_path / "own").write_text("maps")
    assert stage_of(writes, ["--out", tmp_path / "a", "--maps", tmp_path / "own"]) == 0
    digest = content_digest(tmp_path / "own")
    of_content = Input(join_digests([digest]), join_lineages([digest]))
    assert read_record(tmp_path / "a").inputs == {"maps": of_content}
    assert stage_of(writes, ["--out", tmp_path / "b", "--maps", tmp_path / "a"]) == 0
    record = read_record(tmp_path / "a")
    assert read_record(tmp_path / "b").inputs["maps"].lineage == join_lineages([record.lineage])


def test_a_stage_that_fails_keeps_the_artifact_and_its_record(tmp_path, quiet, capsys):
    out = tmp_path / "out"
    assert stage_of(writes, ["--out", out]) == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fails(args, settings):
        raise UserError("not today")

    assert stage_of(fails, ["--out", out, "--split", "val"]) == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_old_record_is_deleted_before_the_artifact_is_replaced(tmp_path, quiet):
    out = tmp_path / "out"
    assert stage_of(writes, ["--out", out]) == 0

    def is_killed_after_writing(args, settings):
        writes(args, settings)
        raise KeyboardInterrupt

    assert stage_of(is_killed_after_writing, ["--out", out]) == 1
    assert out.exists() and record_problem(out) == "no record"
