"""What is stale, judged by records alone: a small chain of two jobs whose artifacts stages could
have made.
"""

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from wsss.plan.expected import Expected
from wsss.plan.functions import NothingStale, argument_function, input_function
from wsss.plan.jobs import Artifact, Job
from wsss.plan.staleness import Staleness
from wsss.run.code import CODE
from wsss.run.files import write_json
from wsss.run.methods import Method
from wsss.run.records import GivenArtifact, Input, Record, content_digest, read_record

CRF = Method("wsss.labels.crf:crf_labels", "wsss.labels.settings:CrfLabelSettings")
SOURCED = Method(
    "wsss.saliency.folder:folder_saliency", "wsss.saliency.folder_settings:FolderSettings"
)


@pytest.fixture
def chain(tmp_path, monkeypatch, index):
    """An index, maps in two shards, and labels made of one of them, all recorded."""
    monkeypatch.chdir(tmp_path)
    index.save("index.json")
    read = Artifact("index.json")
    first = Job(
        "export_cams",
        "export_cams.py",
        {"out": "work/d/cams/c-1/maps/train/0-of-1.h5"},
        index=read,
        options={"split": "train"},
        settings={"stride": 8},
        shard="0/1",
    )
    second = Job(
        "write_labels",
        "write_labels.py",
        {"out": "work/d/labels/crf-1/labels/train/0-of-1"},
        {"maps": [Artifact(first.output, first)]},
        "crf",
        CRF,
        {"alpha": 4.0},
        read,
        options={"split": "train"},
        shard="0/1",
    )
    for job in (first, second):
        make(job)
    return first, second


def make(job, text="content", code=CODE):
    """Write a job's artifact and its record, as its stage would."""
    path = Path(job.output)
    if path.suffix:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    else:
        path.mkdir(parents=True, exist_ok=True)
        (path / "a.png").write_text(text)
    expected = Expected(code)
    inputs = {
        name: Input.of(
            [
                GivenArtifact(one.label, content_digest(one.path), read_record(one.path).lineage)
                for one in given
            ]
        )
        for name, given in job.inputs.items()
    }
    record = Record(
        job.stage,
        job.method,
        job.settings,
        dict(job.options),
        expected.code(job),
        {},
        expected.read(job),
        inputs,
        {path.name: content_digest(path)},
        {},
        job.output,
    )
    write_json(f"{path}.prov.json", record.as_json())
    write_json(f"{path}.run.json", {"seconds": 1, "looks": {}})


def find_reasons(job, **more):
    return Staleness(**more).reasons(job)


def test_new_artifacts_are_fresh(chain):
    assert [find_reasons(job) for job in chain] == [[], []]
    assert all(Staleness().is_fresh(job) for job in chain)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"settings": {"alpha": 2.0}}, "setting alpha was 4.0, is 2.0"),
        ({"settings": {"alpha": 4.0, "more": 1}}, "setting more"),
        ({"method": "par"}, "made by stages/write_labels.py crf"),
        (
            {"entry": CRF._replace(code="wsss.labels.crf:other")},
            "code of write_labels.py and all it imports",
        ),
        ({"options": {"split": "val"}}, "option split was train, is val"),
        ({"read": ("mask",)}, "photos, tags or masks of train"),
        ({"inputs": {}}, "what it reads as maps"),
    ],
)
def test_difference_to_the_record_is_named(chain, change, words):
    found = find_reasons(replace(chain[1], **change))
    assert any(words in one for one in found), found


def test_stale_input_makes_an_artifact_stale(chain):
    first, second = chain
    changed = replace(first, settings={"stride": 4})
    after = replace(second, inputs={"maps": [Artifact(changed.output, changed)]})
    assert find_reasons(after) == ["export_cams before it is made anew"]
    assert Staleness().causes(after) == find_reasons(changed) != []
    assert Staleness().causes(second) == []


def test_changed_content_of_an_input_makes_an_artifact_stale(chain):
    first, second = chain
    make(first, "other content")
    assert find_reasons(first) == [] and find_reasons(second) == ["what it reads as maps"]


def test_deleted_input_is_fresh_until_its_settings_change(chain, tmp_path):
    first, second = chain
    for ending in ("", ".prov.json", ".run.json"):
        (tmp_path / f"{first.output}{ending}").unlink()
    assert find_reasons(second) == []
    changed = replace(first, settings={"stride": 4})
    after = replace(second, inputs={"maps": [Artifact(changed.output, changed)]})
    assert find_reasons(after) == ["the lineage of what it reads"]


def test_damaged_or_missing_record_makes_an_artifact_stale(chain, tmp_path):
    path = tmp_path / f"{chain[1].output}.prov.json"
    text = path.read_text()
    for cut in (0, 1, len(text) // 2, len(text) - 2):
        path.write_text(text[:cut])
        assert find_reasons(chain[1]) == ["a damaged record"]
    path.unlink()
    assert find_reasons(chain[1]) == ["no record"]


def test_forced_job_makes_later_ones_stale(chain):
    first, second = chain
    for asked in ("export_cams", first.output):
        judge = Staleness(lambda asked=asked: [asked])
        assert judge.reasons(first) == ["export_cams is made anew as asked for"]
        assert judge.reasons(second) == ["export_cams before it is made anew"]


def test_only_the_split_that_is_read_makes_an_artifact_stale(chain, index):
    first, _ = chain
    photos = dict(index.photos)
    photo_id = index.splits["val"][0]
    photos[photo_id] = replace(photos[photo_id], tags=(1,))
    replace(index, photos=photos).save("index.json")
    assert find_reasons(first) == []
    photo_id = index.splits["train"][0]
    photos[photo_id] = replace(photos[photo_id], tags=(1, 2, 3))
    replace(index, photos=photos).save("index.json")
    assert find_reasons(first) == ["photos or tags of train"]


def test_files_named_in_settings_are_compared_by_content(chain, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/a.png").write_text("1")
    job = Job(
        "export_saliency",
        "export_saliency.py",
        {"out": "work/d/saliency/f-1/saliency/train/0-of-1"},
        {},
        "folder",
        SOURCED,
        {"folder": "mine"},
    )
    make(job)
    assert find_reasons(job) == []
    os.utime(tmp_path / "mine/a.png", (1, 1))
    assert find_reasons(job) == []
    (tmp_path / "mine/a.png").write_text("2")
    os.utime(tmp_path / "mine/a.png", (1, 1))
    assert find_reasons(job)


def test_mark_of_a_stale_artifact_is_newer_than_it(chain, tmp_path):
    first, second = chain
    changed = replace(second, settings={"alpha": "../$(x) y"})
    ahead = time.time() + 1000
    for path in (second.output, f"{second.output}/a.png"):
        os.utime(path, (ahead, ahead))
    (mark,) = Staleness().marks(changed)
    name = mark.removeprefix("work/.stale/")
    assert name.startswith("setting-alpha") and not set(name) & set("$()/ ")
    assert os.stat(mark).st_mtime > os.stat(second.output).st_mtime
    assert Staleness().marks(first) == []
    before = Path(mark).read_text()
    assert Staleness().marks(changed) == [mark] and Path(mark).read_text() != before


def test_only_inputs_of_fresh_artifacts_are_ancient(chain, tmp_path):
    flags = {"ancient": lambda paths: ("ancient", paths), "local": lambda paths: ("local", paths)}
    first, second = chain
    fresh = input_function(lambda w: second, **flags, stale=Staleness())(None)
    assert fresh["maps"] == ("ancient", [first.output])
    assert fresh["photos_of_index"] == ("ancient", "index.jsonl")
    stale = input_function(lambda w: second, **flags, stale=Staleness(lambda: ["write_labels"]))(
        None
    )
    assert stale["maps"] == [first.output] and stale["stale"][0] == "local"
    shutil.rmtree(tmp_path / second.output)
    missing = input_function(lambda w: second, **flags, stale=Staleness())(None)
    assert missing["maps"] == [first.output] and "stale" not in missing


@pytest.mark.parametrize("path", ["my {photos}/t.csv", "{}"])
def test_paths_with_braces_are_kept_from_snakemake_and_stand_in_the_command(path):
    inputs = {"table": [Artifact(path)], "maps": [Artifact("m.h5")]}
    job = Job("x", "make_seeds.py", {"out": "o"}, inputs)
    known = input_function(lambda w: job, ancient=list, local=list, stale=NothingStale())(None)
    assert "table" not in known and known["maps"] == ["m.h5"]
    words = argument_function(lambda w: job)(None, known, {"out": "o"})
    assert f"--table '{path}'" in words and "--maps m.h5" in words


def test_arguments_are_quoted_for_a_shell(chain):
    options = {"split": "train", "walk": {"beta": 2}, "flag": True, "none": None}
    job = replace(chain[1], more={"name": "$(touch x)"}, options=options)
    words = argument_function(lambda w: job)(None, {"maps": ["m 1.h5"], "index": "i"}, {"out": "o"})
    assert words == (
        "crf --index i --maps 'm 1.h5' --split train --walk '{\"beta\": 2}' --flag --name '$(touch "
        "x)' "
        "--shard 0/1 --settings '{\"alpha\": 4.0}' --out o"
    )
