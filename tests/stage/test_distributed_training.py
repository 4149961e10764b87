"""Two processes that share every batch: the loss curve of one, and a training that goes on with
another number of them.
"""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from tests.conftest import NET, PROJECT, check_done
from tests.programs import program_folder
from wsss.run.records import read_record

TORCHRUN = [
    str(Path(sys.executable).with_name("torchrun")),
    "--standalone",
    "--nproc-per-node",
    "2",
]
FOUR_EPOCHS = ("--epochs", "4", "--dropout", "0", "--lr", "0.001")
"""without dropout, whose draws differ from process to process"""


def alone():
    """What starts a training of one process."""
    return [str(program_folder() / "python")]


def command(launch, index, out, *more, script="train_classifier", method="cam"):
    """The words that train a small network."""
    return [
        *launch,
        str(PROJECT / "stages" / f"{script}.py"),
        method,
        "--index",
        str(index),
        "--out",
        str(out),
        *NET,
        "--threads",
        "1",
        *more,
    ]


def train(*arguments, **more):
    done = subprocess.run(command(*arguments, **more), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def read_losses(path):
    """The loss of every epoch of a model."""
    return [row["loss"] for row in json.loads(Path(f"{path}.json").read_text())["history"]]


@pytest.fixture(scope="module")
def single_run(mini_root, run_stage, tmp_path_factory):
    """The index, and the model of one process."""
    folder = tmp_path_factory.mktemp("ranks")
    index = folder / "i.json"
    check_done(run_stage("make_index", "--name", "mini", "--data-root", mini_root, "--out", index))
    train(alone(), index, folder / "one", *FOUR_EPOCHS)
    return folder


def test_two_processes_have_the_loss_curve_of_one(single_run, tmp_path):
    one, two = single_run / "one", tmp_path / "two"
    out = train(TORCHRUN, single_run / "i.json", two, *FOUR_EPOCHS)
    assert read_losses(two) == pytest.approx(read_losses(one), rel=1e-3)
    assert out.count("epoch 1/4") == 1 and not list(tmp_path.glob(".resume-*"))
    ours, theirs = load_file(two), load_file(one)
    for key in ours:
        assert float((ours[key].float() - theirs[key].float()).abs().max()) < 1e-2
    assert read_record(two).stage == "stages/train_classifier.py"


def test_training_resumes_with_another_number_of_processes(single_run, tmp_path):
    index, out = single_run / "i.json", tmp_path / "m"
    more = ("--epochs", "12", "--dropout", "0", "--checkpoint-steps", "1", "--average", "0.9")
    process = subprocess.Popen(
        command(TORCHRUN, index, out, *more),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert "epoch 1/12" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)
    assert not out.exists() and len(list(tmp_path.glob(".resume-*/state-*.pt"))) == 1
    assert "going on at step" in train(alone(), index, out, *more)
    assert len(read_losses(out)) == 12


def test_batch_that_cannot_be_split_is_refused(single_run, tmp_path):
    words = command(TORCHRUN, single_run / "i.json", tmp_path / "odd", "--batch", "3")
    run = subprocess.run(words, capture_output=True, text=True)
    assert run.returncode != 0
    assert "batch is 3, which cannot be split among 2 processes" in run.stderr
