"""The kernel on a batch of photos: both lattices and the exact rows against a loop over pairs."""

import numpy as np
import pytest
import torch

from wsss.crf.batch_filter import filter_batch, filter_compiled, filter_exactly
from wsss.crf.device_lattice import filter_on_device
from wsss.datasets.mini import draw_scene
from wsss.datasets.mini_settings import MiniSettings
from wsss.run.errors import UserError


def draw(height=24, width=32, photos=3, labels=5):
    """Drawn photos, float (N, 3, h, w), and random values (N, K, h, w)."""
    drawn = []
    for seed in range(photos):
        sizes = MiniSettings(width=width, height=height)
        drawn.append(draw_scene(np.random.default_rng(seed), sizes, first=seed).photo)
    values = torch.rand(photos, labels, height, width, generator=torch.Generator().manual_seed(0))
    return torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2).float(), values


def filter_slowly(photos, values, xy, rgb):
    """A loop over all pairs of cells."""
    out = torch.zeros_like(values)
    cells = list(np.ndindex(*values.shape[2:]))
    for n in range(len(values)):
        for a in cells:
            for b in cells:
                place = ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) / xy**2
                colour = (photos[n, :, *a] - photos[n, :, *b]).square().sum() / rgb**2
                out[n, :, *a] += np.exp(-0.5 * (place + float(colour))) * values[n, :, *b]
    return out


def test_the_exact_kernel_is_a_loop_over_pairs():
    photos, values = draw(5, 7, photos=2, labels=3)
    found = filter_exactly(photos, values.double(), 4, 30)
    assert torch.allclose(found, filter_slowly(photos.double(), values.double(), 4, 30), rtol=1e-9)


def test_few_rows_at_a_time_give_the_same(monkeypatch):
    photos, values = draw(6, 8)
    whole = filter_exactly(photos, values, 4, 30)
    monkeypatch.setattr("wsss.crf.batch_filter.MOST_PAIRS", 100)
    assert torch.allclose(filter_exactly(photos, values, 4, 30), whole, rtol=1e-5)


@pytest.mark.parametrize(("xy", "rgb"), [(50, 15), (8, 5.8), (25, 60)])
def test_the_lattice_in_torch_is_the_compiled_one(xy, rgb):
    photos, values = draw()
    ours, theirs = (f(photos, values, xy, rgb) for f in (filter_on_device, filter_compiled))
    assert float((ours - theirs).abs().max()) < 1e-3 * float(theirs.mean())


@pytest.mark.parametrize("filter_by", [filter_on_device, filter_compiled])
def test_the_lattice_is_the_exact_kernel_up_to_a_factor(filter_by):
    photos, values = draw(48, 64)
    ours, exact = filter_by(photos, values, 25, 15), filter_exactly(photos, values, 25, 15)
    factor = float(ours.sum() / exact.sum())
    assert 0.4 < factor < 0.8  # the lattice's own scale, as in the published code
    assert float((ours / factor - exact).abs().mean() / exact.mean()) < 0.06


def test_the_lattice_is_almost_symmetric():
    photos, values = draw()
    left, right = values[:, :2], values[:, 2:4]
    one = (left * filter_compiled(photos, right, 25, 15)).sum()
    other = (right * filter_compiled(photos, left, 25, 15)).sum()
    assert float(one) == pytest.approx(float(other), rel=0.01)


def test_photos_do_not_see_each_other_and_threads_change_nothing():
    photos, values = draw()
    together = filter_compiled(photos, values, 25, 15)
    for k in range(3):
        alone = filter_compiled(photos[k : k + 1], values[k : k + 1], 25, 15)
        assert torch.equal(alone[0], together[k])
    for one in (filter_on_device, filter_exactly):
        assert torch.allclose(one(photos[1:2], values[1:2], 25, 15), one(photos, values, 25, 15)[1])


def test_the_setting_chooses_the_filter():
    photos, values = draw(6, 8)
    assert torch.equal(
        filter_batch(photos, values, 4, 30, "lattice"), filter_compiled(photos, values, 4, 30)
    )
    assert torch.equal(
        filter_batch(photos, values, 4, 30, "exact"), filter_exactly(photos, values, 4, 30)
    )


@pytest.mark.parametrize("filter_by", [filter_on_device, filter_compiled])
def test_deviations_too_small_for_the_lattice_are_refused(filter_by):
    photos, values = draw()
    with pytest.raises(UserError, match="too small"):
        filter_by(photos, values, 0.05, 15)
