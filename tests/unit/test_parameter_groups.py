"""Parameter groups: the published four, or a task's own, in which nothing is missing or twice."""

import pytest
import torch
from torch import nn

from wsss.classify.cam import Cam
from wsss.classify.settings import ClassifierSettings
from wsss.run.errors import UserError
from wsss.training.optimiser import ParameterGroup, groups_of, make_optimiser, set_lr

SETTINGS = ClassifierSettings(
    backbone="tf_efficientnet_lite0", weights="none", optimiser="sgd", lr=0.1
)


class Grouped:
    """A task of three layers, the first frozen, that names its groups by layer."""

    def __init__(self, *names):
        layers = {name: nn.Linear(2, 2) for name in ("trunk", "middle", "head")}
        self.network = nn.ModuleDict(layers)
        self.network["trunk"].requires_grad_(False)
        self.names = names

    def parameter_groups(self, settings):
        return [
            ParameterGroup(name, list(self.network[name].parameters()), 5.0, 0.5)
            for name in self.names
        ]


def test_default_groups_have_the_published_factors():
    task = Cam(SETTINGS, 3)
    task.network.train()
    optimiser = make_optimiser(groups_of(task, SETTINGS), SETTINGS)
    factors = [round(group["lr"] / 0.1) for group in optimiser.param_groups]
    assert factors == [1, 10]  # frozen norms hold every bias
    assert optimiser.param_groups[0]["momentum"] == 0.9
    slip = SETTINGS.model_copy(update={"optimiser": "sgd_published"})
    published = make_optimiser(groups_of(task, slip), slip)
    assert published.param_groups[0]["momentum"] == SETTINGS.weight_decay
    assert set_lr(optimiser, 5, 10, SETTINGS) == pytest.approx(0.1 * 0.5**0.9)


def test_default_groups_separate_biases_and_new_layers():
    network = nn.ModuleDict({name: nn.Linear(2, 2) for name in ("trunk", "head")})
    network.trunk = network["trunk"]
    task = type("Task", (), {"network": network})
    groups = make_optimiser(groups_of(task, SETTINGS), SETTINGS).param_groups
    assert [group["name"] for group in groups] == [
        "pretrained weights",
        "pretrained biases",
        "new weights",
        "new biases",
    ]
    assert [round(group["lr"] / 0.1) for group in groups] == [1, 2, 10, 20]
    decay = SETTINGS.weight_decay
    assert [group["weight_decay"] for group in groups] == [decay, 0, decay, 0]


def test_a_task_s_own_groups_have_its_factors():
    task = Grouped("middle", "head")
    groups = make_optimiser(groups_of(task, SETTINGS), SETTINGS).param_groups
    assert [group["name"] for group in groups] == ["middle", "head"]
    assert groups[0]["lr"] == 0.5 and groups[0]["weight_decay"] == SETTINGS.weight_decay / 2


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("middle",), "parameter head.weight is in no parameter group"),
        (("middle", "head", "head"), "head.weight is in parameter groups 'head', 'head'"),
        (("trunk", "middle", "head"), "trunk.weight is frozen but in parameter groups 'trunk'"),
    ],
)
def test_every_trainable_parameter_is_in_one_group(names, told):
    with pytest.raises(UserError, match=told):
        groups_of(Grouped(*names), SETTINGS)


def test_a_parameter_of_another_network_is_refused():
    task = Grouped("middle", "head")
    own = task.parameter_groups(SETTINGS)
    task.parameter_groups = lambda _: [*own, ParameterGroup("more", [nn.Parameter(torch.zeros(1))])]
    with pytest.raises(UserError, match="'more' holds a parameter that is not in the network"):
        groups_of(task, SETTINGS)
