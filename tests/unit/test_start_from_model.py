"""A network that starts from a model: what is taken, what is left, and what is refused."""

import pytest
import torch
from torch import nn

from wsss.classify.cam import Cam
from wsss.classify.registry import CLASSIFIERS
from wsss.classify.settings import ClassifierSettings
from wsss.nets.models import save_model
from wsss.nets.start import start_from
from wsss.run.errors import UserError
from wsss.training.job import TrainingJob
from wsss.training.runtime import make_task

SMALL = ClassifierSettings(backbone="tf_efficientnet_lite0", weights="none")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A classifier of three classes, and its network."""
    path = tmp_path_factory.mktemp("start") / "m.safetensors"
    network = Cam(SMALL, 3).network
    save_model(path, network, "cam", SMALL, ("a", "b", "c"), [])
    return path, network


def test_matching_tensors_are_loaded_and_others_reported(model):
    path, trained = model
    network = Cam(SMALL, 5).network
    head = network.head.weight.detach().clone()
    told = start_from(network, path)
    own, theirs = network.trunk.state_dict(), trained.trunk.state_dict()
    assert all(torch.equal(own[name], theirs[name]) for name in own)
    assert torch.equal(network.head.weight, head)
    assert f": {len(own)} tensors taken, 1 (head.weight) of the network keep" in told
    assert "initial values, 1 (head.weight) of the model not used" in told
    same = Cam(SMALL, 3).network
    assert "0 of the network keep" in start_from(same, path)
    assert torch.equal(same.head.weight, trained.head.weight)


def test_model_with_another_trunk_is_refused(model):
    other = Cam(SMALL.model_copy(update={"backbone": "resnet18", "output_stride": 32}), 3).network
    with pytest.raises(UserError, match=r"it has no trunk\.body\."):
        start_from(other, model[0])


def test_model_with_other_shapes_is_refused(model):
    network = Cam(SMALL, 3).network
    network.trunk.body.conv_stem = nn.Conv2d(3, 7, 3)
    with pytest.raises(
        UserError, match=r"conv_stem\.weight is 32 x 3 x 3 x 3, the network's is 7 x"
    ):
        start_from(network, model[0])


def test_model_without_a_trunk_must_match_completely(tmp_path):
    save_model(tmp_path / "m", nn.Linear(2, 3), "cam", SMALL, (), [])
    assert "2 tensors taken" in start_from(nn.Linear(2, 3), tmp_path / "m")
    with pytest.raises(UserError, match="its bias is not in the network"):
        start_from(nn.Linear(2, 3, bias=False), tmp_path / "m")


def test_a_model_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "m").write_bytes(b"x")
    with pytest.raises(UserError, match="m cannot be read"):
        start_from(nn.Linear(2, 3), tmp_path / "m")


def test_start_model_replaces_imagenet_weights(model, tmp_path):
    """Weights that do not exist are not looked for."""
    path, trained = model
    settings = SMALL.model_copy(update={"weights": str(tmp_path / "nowhere.pth")})
    job = TrainingJob("stages/train_classifier.py", "cam", tmp_path / "m", tmp_path / "i", "train")
    with pytest.raises(UserError, match=r"nowhere\.pth do not exist"):
        make_task(job, CLASSIFIERS["cam"], settings, ("a", "b", "c"))
    started = TrainingJob(job.script, job.method, job.out, job.index, job.split, start=path)
    network = make_task(started, CLASSIFIERS["cam"], settings, ("a", "b", "c")).network
    assert torch.equal(network.head.weight, trained.head.weight)
