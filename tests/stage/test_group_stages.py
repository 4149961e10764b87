"""The chain of Group-WSSS by its scripts: train, export from all shards, label."""

import json

import h5py
import numpy as np
import pytest
from PIL import Image

from tests.conftest import NET, check_done, check_refused
from wsss.data.index import Index
from wsss.data.maps import MapReader

GROUP = ["--extra-layers", "1", "--extra-width", "8", "--keep-epochs", "true"]


@pytest.fixture(scope="module")
def trained(made, tmp_path_factory, run_stage):
    """A folder with g.safetensors, a classifier of groups with the weights of its epoch; to be read
    only."""
    folder = tmp_path_factory.mktemp("trained")
    words = ["--index", made / "i.json", "--out", folder / "g.safetensors", *NET, *GROUP]
    ended = check_done(run_stage("train_classifier", "group", *words))
    assert "epoch 1/1" in ended.stdout and "initial" in ended.stdout
    return folder


def export(stage, made, trained, out, *words):
    """Export maps to the file `out`; gives what the stage gave."""
    given = ["--index", made / "i.json", "--model", trained / "g.safetensors"]
    given += ["--scales", "[1.0]", "--out", out]
    return check_done(stage("export_cams", "group", *given, *words))


def test_shards_hold_the_maps_of_the_whole_split(made, trained, stage, tmp_path):
    ended = export(stage, made, trained, tmp_path / "whole.h5")
    assert "spread between the 3 groups of a photo: 0." in ended.stdout
    note = json.loads((tmp_path / "whole.h5.run.json").read_text())
    assert note["measured"]["group_spread"] > 0
    shards = [tmp_path / f"{k}.h5" for k in range(3)]
    for k, path in enumerate(shards):
        export(stage, made, trained, path, "--shard", f"{k}/3")
    whole, parts = MapReader([tmp_path / "whole.h5"]), MapReader(shards)
    ids = Index.load(made / "i.json").splits["train"]
    assert sum(len(h5py.File(path)) for path in shards) == len(ids) == 8
    for photo in ids:
        assert np.array_equal(whole[photo].scores, parts[photo].scores)


def test_maps_of_all_epochs_become_labels_with_saliency(made, trained, stage, tmp_path):
    maps, saliency, out = tmp_path / "maps.h5", tmp_path / "saliency", tmp_path / "labels"
    export(stage, made, trained, maps, "--accumulate", "true", "--groups", "1")
    words = ["write_labels", "group", "--index", made / "i.json", "--maps", maps, "--out", out]
    check_refused(stage(*words), "labels by group need saliency maps")
    saliency.mkdir()
    ids = Index.load(made / "i.json").splits["train"]
    for photo in ids:
        cue = np.zeros((72, 96), np.uint8)
        cue[:, 48:] = 255 if photo != ids[0] else 0
        Image.fromarray(cue).save(saliency / f"{photo}.png")
    ended = check_done(stage(*words, "--saliency", saliency))
    found = {photo: np.array(Image.open(out / f"{photo}.png")) for photo in ids}
    ignored = [photo for photo in ids if (found[photo] == 255).all()]
    assert ignored[0] == ids[0]
    line = f"that are all 255 (ignored): {len(ignored)}; the first is {ids[0]}"
    assert line in ended.stdout
    for labels in list(found.values())[1:]:
        assert set(np.unique(labels[:, :48])) <= {0, 255} and (labels[:, 48:] != 0).all()


def test_groups_of_another_classifier_are_refused(made, stage, tmp_path):
    given = ["--index", made / "i.json", "--model", made / "m.safetensors"]
    ended = stage("export_cams", "group", *given, "--out", tmp_path / "maps.h5")
    check_refused(ended, "take 'cams: cams'")
