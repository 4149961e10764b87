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

from tests.conftest import PROJECT
from tests.stage.test_scripts import NET

TORCHRUN = [
    str(Path(sys.executable).with_name("torchrun")),
    "--standalone",
    "--nproc-per-node",
    "2",
]
ALONE = [sys.executable]


def command(launch, index, out, *more, script="train_classifier", method="cam"):
    """Without dropout, whose draws differ from process to process."""
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


def losses(path):
    return [row["loss"] for row in json.loads(Path(f"{path}.json").read_text())["history"]]


@pytest.fixture(scope="module")
def one(mini_root, run_stage, tmp_path_factory):
    """The index, and the model of one process."""
    folder = tmp_path_factory.mktemp("ranks")
    assert (
        run_stage(
            "make_index", "--name", "mini", "--data-root", mini_root, "--out", folder / "i.json"
        ).returncode
        == 0
    )
    train(
        ALONE, folder / "i.json", folder / "one", "--epochs", "4", "--dropout", "0", "--lr", "0.001"
    )
    return folder


def test_two_processes_have_the_loss_curve_of_one(one):
    out = train(
        TORCHRUN, one / "i.json", one / "two", "--epochs", "4", "--dropout", "0", "--lr", "0.001"
    )
    assert losses(one / "two") == pytest.approx(losses(one / "one"), rel=1e-3)
    assert out.count("epoch 1/4") == 1 and not list(one.glob(".resume-*"))
    ours, theirs = load_file(one / "two"), load_file(one / "one")
    assert max(float((ours[key].float() - theirs[key].float()).abs().max()) for key in ours) < 1e-2
    assert json.loads((one / "two.prov.json").read_text())["stage"] == "stages/train_classifier.py"


def test_a_training_goes_on_with_another_number_of_processes(one):
    more = ("--epochs", "40", "--dropout", "0", "--checkpoint-steps", "1")
    told = subprocess.Popen(
        command(TORCHRUN, one / "i.json", one / "told", *more),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert "epoch 1/40" in told.stdout.readline()
    told.send_signal(signal.SIGTERM)
    told.wait(timeout=60)
    assert not (one / "told").exists() and len(list(one.glob(".resume-*/state-*.pt"))) == 1
    assert "going on at step" in train(ALONE, one / "i.json", one / "told", *more)
    assert len(losses(one / "told")) == 40 and losses(one / "told")[:4] != losses(one / "one")


def test_a_batch_that_cannot_be_split_is_refused(one):
    done = subprocess.run(
        command(TORCHRUN, one / "i.json", one / "odd", "--batch", "3"),
        capture_output=True,
        text=True,
    )
    assert (
        done.returncode != 0
        and "batch is 3, which cannot be split among 2 processes" in done.stderr
    )
