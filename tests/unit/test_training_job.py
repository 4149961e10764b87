"""A job is made of the command line in one place; its key names the checkpoints."""

import ast
from argparse import Namespace
from dataclasses import replace

import pytest

from tests.conftest import PROJECT
from wsss.classify.registry import CLASSIFIERS
from wsss.classify.settings import ClassifierSettings
from wsss.training.job import TrainingJob

SETTINGS = ClassifierSettings()
CAM = CLASSIFIERS["cam"]
INPUTS = ["index", "labels", "start"]


def make_namespace(folder, **more):
    """What argparse makes of a command line."""
    given = {
        "method": "cam",
        "out": str(folder / "m"),
        "index": str(folder / "i.json"),
        "split": "train",
        "labels": [str(folder / "a"), str(folder / "b")],
        "start": None,
        "device": "cpu",
        "threads": 1,
        "workers": 0,
        "checkpoint_minutes": 2.0,
        "checkpoint_steps": 0,
        "no_resume": False,
    }
    return Namespace(**{**given, **more})


@pytest.fixture
def job(index, tmp_path):
    index.save(tmp_path / "i.json")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "map.png").write_bytes(name.encode())
    (tmp_path / "start").write_bytes(b"weights")
    return TrainingJob.of(make_namespace(tmp_path), "stages/train_classifier.py", INPUTS)


def key(job, **settings):
    return job.key(CAM, SETTINGS.model_copy(update=settings))


def test_job_holds_the_arguments_of_the_command_line(job, tmp_path):
    assert job.method == "cam" and job.resume and job.start is None
    assert job.paths("labels") == [str(tmp_path / "a"), str(tmp_path / "b")]
    given = make_namespace(tmp_path, start=str(tmp_path / "start"), no_resume=True)
    other = TrainingJob.of(given, job.script, INPUTS)
    assert other.start == tmp_path / "start" and not other.resume
    assert set(other.inputs) == {"labels"}


def test_key_covers_every_input(job, index, tmp_path):
    before = key(job)
    assert key(replace(job, start=tmp_path / "start")) != before != key(job, seed=1)
    assert key(replace(job, inputs={"confident": job.inputs["labels"]})) != before
    assert job.key(CAM._replace(reads=("more",)), SETTINGS) != before
    (tmp_path / "a" / "map.png").write_bytes(b"another")
    assert key(job) != before


def test_key_covers_only_the_split_that_trains(job, index, tmp_path):
    before = key(job)
    splits = {**index.splits, "val": index.splits["val"][1:]}
    replace(index, splits=splits).save(tmp_path / "i.json")
    assert key(job) == before
    turned = {**splits, "train": index.splits["train"][::-1]}
    replace(index, splits=turned).save(tmp_path / "i.json")
    assert key(job) != before


def test_key_does_not_cover_runtime_options(job, tmp_path):
    other = replace(
        job,
        device="cuda",
        threads=9,
        workers=4,
        checkpoint_steps=1,
        resume=False,
        out=tmp_path / "elsewhere" / "m",
    )
    assert key(other) == key(job)


def test_only_the_job_is_made_of_the_command_line():
    """The room `run` parses it; beyond, it is a job."""
    found = []
    for path in sorted((PROJECT / "wsss").rglob("*.py")):
        room = path.relative_to(PROJECT / "wsss").parts[0]
        if room != "run":
            found += [(path.name, name) for name in find_functions_of_namespaces(path)]
    assert found == [("job.py", "of")]


def find_functions_of_namespaces(path):
    """The functions in a file with an argument that is, or is called like, a namespace."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            for one in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
                kind = ast.unparse(one.annotation) if one.annotation else ""
                if "Namespace" in kind or one.arg == "args":
                    yield node.name
