"""The fused affinity of two tasks against dense matrices in float64."""

import numpy as np
import pytest
import torch

from wsss.nets import cross_affinity
from wsss.nets.cross_affinity import CrossAffinity, Embedding, attend
from wsss.run.errors import UserError


def softmax_rows(scores):
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def dense_affinity(embedding, photo):
    """The n x n affinity of one photo in float64, cell by cell."""
    queries, keys = (x[photo].detach().double().flatten(1).numpy() for x in embedding)
    cells = queries.shape[1]
    scores = np.array(
        [[queries[:, i] @ keys[:, j] for j in range(cells)] for i in range(cells)], np.float64
    )
    return softmax_rows(scores)


def dense_cross(network, first, second, photo):
    """The fused affinity of one photo in float64: for each entry its 3 x 3 neighbours of both
    affinities, which are 0 outside of the matrix.
    """
    both = np.stack([dense_affinity(first, photo), dense_affinity(second, photo)])
    mix = network.mix.weight.detach().double().numpy()
    weigh = network.weigh.weight.detach().double().numpy()[:, :, 0, 0]
    bias = network.weigh.bias.detach().double().numpy()
    padded = np.pad(both, ((0, 0), (1, 1), (1, 1)))
    fused = np.empty(both.shape[1:])
    for i, j in np.ndindex(fused.shape):
        window = padded[:, i : i + 3, j : j + 3]
        hidden = np.maximum((mix * window).sum(axis=(1, 2, 3)), 0)
        score = np.exp(weigh @ hidden + bias)
        fused[i, j] = (score / score.sum()) @ both[:, i, j]
    return fused


def spread(affinity, values, photo):
    flat = values[photo].detach().double().flatten(1).numpy()
    return (flat @ affinity.T).reshape(values.shape[1:])


@pytest.fixture
def given():
    torch.manual_seed(1)
    embeddings = [Embedding(*torch.randn(2, 2, 5, 3, 4).unbind()) for _ in range(2)]
    network = CrossAffinity()
    with torch.no_grad():
        network.mix.weight.mul_(8)
    return network, *embeddings, torch.randn(2, 3, 3, 4)


@pytest.mark.parametrize("entries", [1, 100, 1 << 20])
def test_cross_affinity_is_the_dense_one_in_any_blocks(given, entries, monkeypatch):
    """Blocks of 1, of 4 and of all 12 rows, two photos at a time."""
    monkeypatch.setattr(cross_affinity, "BLOCK_ENTRIES", entries)
    network, first, second, values = given
    refined = network(first, second, values)
    with torch.no_grad():
        assert torch.equal(network(first, second, values), refined)
    for photo in range(2):
        expected = spread(dense_cross(network, first, second, photo), values, photo)
        assert np.allclose(refined[photo].detach(), expected, atol=1e-5)


def test_weights_of_entries_differ(given):
    """So the test above is not met by the mean of both affinities."""
    network, first, second, _ = given
    mean = (dense_affinity(first, 0) + dense_affinity(second, 0)) / 2
    assert np.abs(dense_cross(network, first, second, 0) - mean).max() > 0.01


def test_gradients_do_not_depend_on_the_blocks(given, monkeypatch):
    network, first, second, values = given
    inputs = [x.requires_grad_() for x in (*first, *second, values)]
    found = []
    for entries in (1, 1 << 20):
        monkeypatch.setattr(cross_affinity, "BLOCK_ENTRIES", entries)
        loss = (network(first, second, values) ** 2).sum()
        found.append(torch.autograd.grad(loss, [*inputs, *network.parameters()]))
    for blocked, whole in zip(*found, strict=True):
        assert whole.abs().max() > 0
        assert torch.allclose(blocked, whole, atol=1e-5)


def test_affinity_of_one_task_is_the_dense_one(given):
    _, first, _, values = given
    for channels in (1, 3):
        spread_by_one = attend(first, values[:, :channels])
        for photo in range(2):
            expected = spread(dense_affinity(first, photo), values[:, :channels], photo)
            assert np.allclose(spread_by_one[photo], expected, atol=1e-5)


def test_more_values_than_channels_of_the_queries(given):
    _, first, _, values = given
    many = torch.cat([values, 2 * values, -values], dim=1)
    assert many.shape[1] > first.queries.shape[1]
    alone = attend(first, values)
    assert torch.allclose(attend(first, many), torch.cat([alone, 2 * alone, -alone], 1), atol=1e-5)


def test_grid_of_one_cell():
    one = Embedding(torch.ones(1, 2, 1, 1), torch.ones(1, 2, 1, 1))
    values = torch.full((1, 3, 1, 1), 0.7)
    assert torch.allclose(attend(one, values), values)
    assert torch.allclose(CrossAffinity()(one, one, values), values)


def test_too_many_cells_are_refused_in_one_line(given):
    network = given[0]
    large = Embedding(*torch.zeros(2, 1, 1, 130, 130).unbind())
    for call in (lambda v: attend(large, v), lambda v: network(large, large, v)):
        with pytest.raises(UserError, match=r"130 x 130 cells.*long_side"):
            call(torch.zeros(1, 1, 130, 130))
