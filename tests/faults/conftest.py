"""A folder with one artifact of every kind, made by the stages."""

from pathlib import Path

import pytest

from tests.conftest import DATASET, NET, check_done


@pytest.fixture(scope="session")
def made(photo_root, tmp_path_factory, run_stage) -> Path:
    """index.json, m.safetensors, maps.h5, labels/, seg.safetensors, pred/, s.json with s.npz: made
    by subprocesses; to be read only.
    """
    folder = tmp_path_factory.mktemp("made")

    def make(script, name, *words):
        check_done(run_stage(script, *words, "--out", folder / name))
        return folder / name

    index = make("make_index", "index.json", "--name", DATASET, "--data-root", photo_root)
    given = ["--index", index]
    model = make("train_classifier", "m.safetensors", "cam", *given, *NET)
    scales = ["--scales", "[1.0]"]
    maps = make("export_cams", "maps.h5", "cams", *given, "--model", model, *scales)
    labels = make("write_labels", "labels", "argmax", *given, "--maps", maps)
    model = make("train_segmenter", "seg.safetensors", "deeplab", *given, "--labels", labels, *NET)
    scales += ["--split", "val"]
    pred = make("predict", "pred", "predict", *given, "--model", model, *scales)
    given += ["--split", "val", "--artifact", pred, "--counts", folder / "s.npz"]
    make("score", "s.json", "--what", "labels", *given)
    return folder
