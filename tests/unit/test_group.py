"""Group-WSSS's graph and loss, each against loops over photos, pairs and cells."""

import math

import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError

from wsss.classify.cam import Cam
from wsss.classify.group import Group
from wsss.classify.group_graph import ConvGru, GroupGraph, graph_dropout
from wsss.classify.group_settings import GroupSettings
from wsss.classify.settings import ClassifierSettings
from wsss.data.index import Photo
from wsss.training.photos import TrainingPhotos
from wsss.training.ranks import ALONE

SMALL = {
    "backbone": "tf_efficientnet_lite0",
    "weights": "none",
    "crop": 32,
    "long_side": (32, 48),
    "epochs": 2,
    "batch": 7,
    "extra_layers": 1,
    "extra_width": 8,
}
CLASSES = 4


def make_graph(**settings):
    """A graph with random weights, in eval mode."""
    torch.manual_seed(0)
    return GroupGraph(GroupSettings(**{**SMALL, **settings}), CLASSES).eval()


def make_states(groups, size, height=3, width=5):
    """Random states (S, K, C, h, w), large enough that attention is uneven."""
    generator = torch.Generator().manual_seed(1)
    return 3 * torch.randn(groups, size, CLASSES, height, width, generator=generator)


def project(conv, vector):
    """A 1 x 1 convolution of one cell, without its function."""
    out = conv.weight[:, :, 0, 0] @ vector
    return out if conv.bias is None else out + conv.bias


def send_message(graph, node, partner):
    """The message (C, h, w) of a partner (C, h', w') to a node (C, h, w), cell by cell."""
    cells = [partner[:, y, x] for y in range(partner.shape[1]) for x in range(partner.shape[2])]
    message = torch.zeros(CLASSES, *node.shape[1:])
    for y in range(node.shape[1]):
        for x in range(node.shape[2]):
            asked = project(graph.project_node, node[:, y, x])
            products = [asked @ project(graph.project_partner, cell) for cell in cells]
            largest = max(products)
            weights = [torch.exp(product - largest) for product in products]
            mixed = sum(weight * cell for weight, cell in zip(weights, cells)) / sum(weights)
            message[:, y, x] = mixed / (1 + torch.exp(-project(graph.gate, mixed)))
    return message


def update_cell(gru, x, state):
    """A gated unit on one cell."""
    both = torch.cat([x, state])
    gates = project(gru.gates, both)
    z, r = torch.sigmoid(gates[:CLASSES]), torch.sigmoid(gates[CLASSES:])
    candidate = torch.tanh(project(gru.candidate, torch.cat([x, r * state])))
    return (1 - z) * state + z * candidate


def run_rounds(graph, states):
    """The states of one group after all rounds: a list of (C, h, w), which may differ in size."""
    for _ in range(graph.settings.rounds):
        after = []
        for e, node in enumerate(states):
            received = [send_message(graph, node, q) for i, q in enumerate(states) if i != e]
            joined = torch.cat(received)[None]
            x = F.conv2d(joined, graph.aggregate.weight, graph.aggregate.bias, padding=1)[0]
            state = torch.zeros_like(node)
            for row in range(node.shape[1]):
                for column in range(node.shape[2]):
                    cell = x[:, row, column], node[:, row, column]
                    state[:, row, column] = update_cell(graph.update, *cell)
            after.append(state)
        states = after
    return states


@torch.no_grad()
@pytest.mark.parametrize("size", [2, 3, 4])
def test_messages_are_softmax_means_over_the_cells_of_each_partner(size):
    graph, states = make_graph(size=size), make_states(2, size)
    messages = graph.messages(states)
    assert messages.shape == (2, size, size - 1, CLASSES, 3, 5)
    for s in range(2):
        for e in range(size):
            others = [q for q in range(size) if q != e]
            for place, q in enumerate(others):
                slow = send_message(graph, states[s, e], states[s, q])
                assert torch.allclose(messages[s, e, place], slow, atol=1e-5)


@torch.no_grad()
def test_gated_unit_cell_by_cell():
    torch.manual_seed(0)
    gru, x, state = ConvGru(CLASSES), torch.randn(2, CLASSES, 2, 3), torch.randn(2, CLASSES, 2, 3)
    after = gru(x, state)
    for n in range(2):
        for y in range(2):
            for c in range(3):
                slow = update_cell(gru, x[n, :, y, c], state[n, :, y, c])
                assert torch.allclose(after[n, :, y, c], slow, atol=1e-6)


@torch.no_grad()
@pytest.mark.parametrize(("size", "rounds"), [(2, 1), (3, 3), (4, 2), (3, 0)])
def test_all_groups_at_once_equal_each_group_by_itself(size, rounds):
    graph, states = make_graph(size=size, rounds=rounds), make_states(2, size)
    after = graph(states)
    for s in range(2):
        slow = torch.stack(run_rounds(graph, list(states[s])))
        assert torch.allclose(after[s], slow, atol=1e-5)
    assert not rounds or not torch.allclose(after, states, atol=1e-2)


@torch.no_grad()
def test_padding_of_photos_of_other_sizes_has_no_effect():
    graph = make_graph(size=3)
    sizes = [(3, 5), (4, 2), (2, 4)]
    photos = [make_states(1, 1, *size)[0, 0] for size in sizes]
    states, inside = torch.full((1, 3, CLASSES, 4, 5), 9.0), torch.zeros(1, 3, 1, 4, 5).bool()
    for k, (photo, (height, width)) in enumerate(zip(photos, sizes)):
        states[0, k, :, :height, :width] = photo
        inside[0, k, :, :height, :width] = True
    after, slow = graph(states, inside), run_rounds(graph, photos)
    for k, (height, width) in enumerate(sizes):
        assert torch.allclose(after[0, k, :, :height, :width], slow[k], atol=1e-5)


def drop_by_loops(state, keeps_weak, settings):
    """Graph dropout of one state (C, h, w)."""
    means = [[float(state[:, y, x].mean()) for x in range(5)] for y in range(3)]
    limit = settings.drop_from * max(max(row) for row in means)
    out = torch.zeros_like(state)
    for y in range(3):
        for x in range(5):
            importance = 1 / (1 + math.exp(-means[y][x]))
            kept = float(means[y][x] < limit) if keeps_weak else importance
            out[:, y, x] = (state[:, y, x] * kept + state[:, y, x]) / 2
    return out


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_graph_dropout_halves_strong_cells_or_weighs_by_importance(chance):
    settings = GroupSettings(**SMALL, drop_chance=chance)
    states = make_states(8, 1).flatten(0, 1)
    torch.manual_seed(3)
    dropped = graph_dropout(states, settings)
    chosen = []
    for state, found in zip(states, dropped):
        weak, weighed = (drop_by_loops(state, keeps, settings) for keeps in (True, False))
        is_weak = torch.allclose(found, weak, atol=1e-6)
        assert is_weak or torch.allclose(found, weighed, atol=1e-6)
        chosen.append(is_weak)
    assert all(chosen) if chance == 1 else not any(chosen) if chance == 0 else 0 < sum(chosen) < 8


def test_graph_dropout_keeps_all_cells_where_no_mean_is_positive():
    settings = GroupSettings(**SMALL, drop_chance=1.0)
    states = -make_states(2, 1).flatten(0, 1).abs()
    assert torch.equal(graph_dropout(states, settings), states)


def test_graph_dropout_acts_in_training_only():
    states = make_states(2, 3)
    quiet, dropping = make_graph(graph_dropout=False), make_graph()
    assert torch.equal(dropping(states), quiet(states))
    assert torch.equal(quiet.train()(states), quiet.eval()(states))
    assert not torch.equal(dropping.train()(states), quiet(states))


def soft_margin(maps, tags):
    """The multi-label soft margin loss of one photo's maps (C, h, w), by its formula."""
    total = 0.0
    for score, tag in zip(maps.mean(dim=(1, 2)).tolist(), tags.tolist()):
        probability = 1 / (1 + math.exp(-score))
        total -= math.log(probability if tag else 1 - probability)
    return total / len(maps)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_loss_is_the_published_sum_over_the_photos_of_a_group(size):
    torch.manual_seed(0)
    task = Group(GroupSettings(**SMALL, size=size, dropout=0, initial_weight=0.4), CLASSES)
    task.network.eval()
    images = torch.rand(2 * size, 3, 32, 32)
    tags = (torch.rand(2 * size, CLASSES) < 0.5).float()
    with torch.no_grad():
        task.network.head.weight.mul_(100)
        loss, parts = task.loss({"image": images, "tags": tags})
        initial = task.network(images)[0]
        final = task.network.graph(initial.unflatten(0, (2, size))).flatten(0, 1)
    expected = 0.0
    for s in range(2):
        of_group = range(s * size, (s + 1) * size)
        before = sum(soft_margin(initial[k], tags[k]) for k in of_group)
        after = sum(soft_margin(final[k], tags[k]) for k in of_group)
        expected += (0.4 * before + after) / (2 * size) / 2
    assert math.isclose(float(loss), expected, rel_tol=1e-4)
    assert set(parts) == {"initial", "final"}


def test_a_group_of_one_sends_no_messages():
    task = Group(GroupSettings(**SMALL, size=1), CLASSES)
    states = make_states(2, 1)
    assert torch.equal(task.network.graph.eval()(states), states)
    assert not list(task.network.graph.parameters())


def test_without_extra_layers_a_photo_alone_has_the_plain_maps():
    torch.manual_seed(0)
    settings = GroupSettings(**{**SMALL, "extra_layers": 0})
    ours = Group(settings, CLASSES).network.eval()
    plain = Cam(ClassifierSettings(backbone=SMALL["backbone"], weights="none"), CLASSES).network
    plain.eval().load_state_dict(ours.state_dict(), strict=False)
    image = torch.rand(1, 3, 32, 32)
    assert torch.equal(ours(image)[0], plain(image)[0])


def test_rows_of_imagenet_go_without_extra_layers_only():
    assert GroupSettings(head_from="imagenet", extra_layers=0).size == 3
    with pytest.raises(ValidationError, match="extra_layers: 0"):
        GroupSettings(head_from="imagenet")


def test_photos_that_lack_partners_are_told_at_the_start(index, capsys):
    settings = GroupSettings(**SMALL)
    task = Group(settings, len(index.classes))
    photos = [Photo(f"p{k}", f"p{k}.jpg", tags) for k, tags in enumerate([(1,), (2,), (2,), (2,)])]
    batches = task.batches(TrainingPhotos(index, photos, settings), settings, 0, ALONE)
    line = "fewer than 2 others: 1 of 4; the first is p0; each stands in"
    assert line in capsys.readouterr().out
    keys = [key for batch in batches for key in batch]
    alone = [key.photo for key in keys if key.photo == 0]
    assert len(alone) == 3 * SMALL["epochs"] and len(keys) == 3 * 4 * SMALL["epochs"]
