"""CPN's pairs, its region module and its losses against slow twins, where their gradients go, and
what a recipe without superpixels is told.
"""

import math

import numpy as np
import pytest
import torch

from tests.conftest import DEFAULT
from tests.unit.interrupted import train_until
from wsss.classify import cpn as cpn_module
from wsss.classify.cpn import Cpn
from wsss.classify.cpn_settings import CpnSettings
from wsss.classify.hidden_patches import draw_cells, draw_kept, draw_superpixels, make_pair
from wsss.data.superpixels import OUTSIDE
from wsss.losses.complementary import keep_largest, missing_loss, sum_loss, with_background
from wsss.nets.pcm import correlate, suppress
from wsss.nets.prcm import describe_regions, keys_of, weigh_cells
from wsss.plan.plan import Plan
from wsss.plan.recipes import read_recipe
from wsss.plan.resolving import resolve
from wsss.plan.step_settings import StepSettings
from wsss.run.errors import UserError
from wsss.training.photos import TrainingPhotos
from wsss.training.targets import Target

SMALL = {"backbone": "tf_efficientnet_lite0", "weights": "none", "dropout": 0.0}
TAGS = torch.tensor([[1.0, 0, 1.0], [0, 1.0, 0]])
OFF = {"min_pool": 0.0, "tcp": 0.0, "tcp_refined": 0.0, "cpcr": 0.0}


def rand(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def blocks(side=16, cell=4):
    """Superpixels that are squares, with ids 7, 17, 27, ..., and a column outside the photo."""
    y, x = np.mgrid[:side, :side] // cell
    ids = torch.from_numpy((y * (side // cell) + x) * 10 + 7).int()
    ids[:, 0] = OUTSIDE
    return ids


def make_batch(progress=0.0):
    """Two photos of 64 x 64 pixels."""
    ids = torch.stack([blocks(64, 8), blocks(64, 16)])
    return {"image": rand(2, 3, 64, 64), "tags": TAGS, "superpixels": ids, "progress": progress}


@pytest.fixture
def make_task():
    """Make the task with other settings; its maps are not 0."""

    def make(**changes):
        torch.manual_seed(0)
        task = Cpn(CpnSettings(**{**SMALL, **changes}), 3)
        task.network.head.weight.data.normal_(std=1.0)
        task.network.train()
        return task

    return make


def test_pair_shows_every_pixel_once():
    images, colour = rand(2, 3, 4, 5), torch.full((1, 3, 1, 1), 0.5)
    kept = rand(2, 1, 4, 5, seed=1) > 0.4
    first, second = make_pair(images, kept, colour).chunk(2)
    for n, c, y, x in np.ndindex(2, 3, 4, 5):
        shown = first if kept[n, 0, y, x] else second
        hidden = second if kept[n, 0, y, x] else first
        assert shown[n, c, y, x] == images[n, c, y, x] and hidden[n, c, y, x] == 0.5


def test_hidden_pixels_are_zero_to_the_network(make_task):
    trunk, kept = make_task().network.trunk, torch.zeros(1, 1, 4, 4, dtype=torch.bool)
    first = make_pair(rand(1, 3, 4, 4), kept, trunk.mean)[:1]
    assert ((first - trunk.mean) / trunk.std).abs().max() == 0


@pytest.mark.parametrize("draws", [0.5, 0.3, 2.0])
def test_superpixels_are_drawn_with_replacement(draws):
    """The same draws from the same generator, one after the other, and every pixel by a loop."""
    ids = blocks()
    present = sorted(set(ids.flatten().tolist()) - {OUTSIDE})
    for seed in range(5):
        torch.manual_seed(seed)
        kept, share = draw_superpixels(ids, draws)
        torch.manual_seed(seed)
        drawn = torch.randint(len(present), (math.floor(draws * len(present)),)).tolist()
        hidden, shown, pixels = {present[k] for k in drawn}, 0, 0
        for y, x in np.ndindex(16, 16):
            region = int(ids[y, x])
            assert bool(kept[y, x]) == (region not in hidden)
            pixels += region != OUTSIDE
            shown += region != OUTSIDE and region not in hidden
        assert float(share) == pytest.approx(shown / pixels)


def test_half_as_many_draws_as_superpixels_hide_39_percent():
    torch.manual_seed(0)
    shares = [float(draw_superpixels(blocks(64, 4), 0.5)[1]) for _ in range(50)]
    assert 1 - np.mean(shares) == pytest.approx(1 - math.exp(-0.5), abs=0.01)


def test_photo_of_one_superpixel_is_kept():
    kept, share = draw_superpixels(torch.full((3, 3), 5), 0.5)
    assert kept.all() and share == 1


def test_grid_hides_whole_cells_and_counts_them():
    settings = CpnSettings(pair="grid", grid_cells=(0.4,), hide=0.7)
    torch.manual_seed(0)
    kept, share = draw_cells(10, settings)
    cells = [kept[y : y + 4, x : x + 4] for y in (0, 4, 8) for x in (0, 4, 8)]
    assert all(cell.all() or not cell.any() for cell in cells)
    assert float(share) == pytest.approx(sum(bool(cell.all()) for cell in cells) / 9)
    torch.manual_seed(0)
    shares = [float(draw_cells(10, settings)[1]) for _ in range(300)]
    assert np.mean(shares) == pytest.approx(0.3, abs=0.03)


def test_published_grid_has_four_cells_or_one():
    torch.manual_seed(0)
    shares = {float(draw_cells(64, CpnSettings(pair="grid"))[1]) for _ in range(100)}
    assert shares == {0, 0.25, 0.5, 0.75, 1}


@pytest.mark.parametrize("pair", ["superpixels", "grid"])
def test_draws_are_of_the_generator_that_checkpoints_hold(pair):
    settings, drawn = CpnSettings(pair=pair), []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        drawn.append(draw_kept(make_batch(), settings))
    assert drawn[0].mask.shape == (2, 1, 64, 64) and drawn[0].share.shape == (2,)
    assert torch.equal(drawn[0].mask, drawn[1].mask)
    assert not torch.equal(drawn[0].mask, drawn[2].mask)


def test_regions_are_means_of_cells_weighted_by_softmax():
    maps, features = rand(2, 3, 4, 5), rand(2, 6, 4, 5, seed=1)
    found = describe_regions(maps, features)
    for n, k, d in np.ndindex(2, 3, 6):
        total = sum(math.exp(maps[n, k, y, x]) for y, x in np.ndindex(4, 5))
        value = sum(
            math.exp(maps[n, k, y, x]) * float(features[n, d, y, x]) for y, x in np.ndindex(4, 5)
        )
        assert float(found[n, k, d]) == pytest.approx(value / total, rel=1e-4)


def test_keys_exchange_axes_and_published_ones_confuse_them():
    channels = rand(2, 4, 3)  # N, E, K
    right, published = keys_of(channels, "right"), keys_of(channels, "published")
    assert right.shape == published.shape == (2, 3, 4)
    for n, k, e in np.ndindex(2, 3, 4):
        assert right[n, k, e] == channels[n, e, k]
        place = k * 4 + e  # the place of the number in memory
        assert published[n, k, e] == channels[n, place // 3, place % 3]


def test_cells_are_weighed_by_a_softmax_over_cells():
    keys, queries = rand(2, 3, 5), rand(2, 5, 4, 2, seed=1)
    found = weigh_cells(keys, queries)
    for n, k in np.ndindex(2, 3):
        scores = np.zeros((4, 2))
        for y, x in np.ndindex(4, 2):
            product = sum(float(keys[n, k, e] * queries[n, e, y, x]) for e in range(5))
            scores[y, x] = math.exp(product / math.sqrt(3))
        assert np.allclose(found[n, k], scores / scores.sum(), rtol=1e-4)


@pytest.mark.parametrize("prcm", ["right", "published", "none"])
def test_refined_maps_are_those_of_pcm_and_the_weighed_scores(make_task, prcm):
    network = make_task(prcm=prcm).network.eval()
    images = rand(2, 3, 64, 64)
    with torch.no_grad():
        maps, features = network(images)
        refined, scores = network.refined(images, maps, features), suppress(maps)
        expected = correlate(scores, network.affinity_features(images, features))
        if prcm != "none":
            stacked = network.stack_taps(images, features)
            regions = describe_regions(scores, stacked)
            keys = torch.einsum("ed,nkd->nke", network.describe.weight[:, :, 0, 0], regions).relu()
            if prcm == "published":
                keys = keys.transpose(1, 2).reshape(2, 4, 192)
            weights = weigh_cells(keys, network.compare(stacked).relu())
            expected = expected + weights * scores
    assert torch.allclose(refined, expected, atol=1e-5)


def test_sum_loss_is_the_mean_difference_from_the_sum():
    whole, first, second = (rand(2, 3, 4, 5, seed=seed) for seed in range(3))
    values = [
        abs(float(whole[i]) - (float(first[i]) + float(second[i])))
        for i in np.ndindex(*whole.shape)
    ]
    assert float(sum_loss(whole, first, second)) == pytest.approx(np.mean(values), rel=1e-5)


def background(maps):
    """A photo's maps (C, h, w) with 1 - the largest class before them, cell by cell."""
    out = np.zeros((len(maps) + 1, *maps.shape[1:]))
    for y, x in np.ndindex(*maps.shape[1:]):
        out[:, y, x] = [1 - maps[:, y, x].max(), *maps[:, y, x]]
    return out


def slow_missing(whole, first, refined, share):
    """L_CPCR of one photo of the pair by loops over photos and cells."""
    means = []
    for one, other, third in zip(whole, first, refined):
        target = background(one) - background(other)
        for y, x in np.ndindex(*target.shape[1:]):
            best = target[:, y, x].max()
            target[:, y, x] = [value if value == best else 0 for value in target[:, y, x]]
        gaps = np.sort(np.abs(target - background(third)).ravel())
        means.append(gaps[-int(share * gaps.size) :].mean())
    return np.mean(means)


def test_missing_loss_keeps_the_largest_of_all_channels():
    whole, first, refined = (rand(2, 3, 4, 5, seed=seed) for seed in range(3))
    expected = slow_missing(whole.numpy(), first.numpy(), refined.numpy(), 0.2)
    assert float(missing_loss(whole, first, refined, 0.2)) == pytest.approx(expected, rel=1e-5)
    target = keep_largest(with_background(whole) - with_background(first))
    assert (target[:, 0] != 0).any() and (target[:, 1:] != 0).any()


def stretch(values):
    """A map cut at 0 and scaled to 0..1."""
    values = np.maximum(values, 0)
    low, high = values.min(), values.max()
    return np.maximum(values - low - 1e-5, 0) / (high - low + 1e-5)


def slow_losses(task, batch):
    """All parts of the loss from three forward passes, each photo and map on its own."""
    kept = draw_kept(batch, task.settings)
    first, second = make_pair(batch["image"], kept.mask, task.network.trunk.mean).chunk(2)
    views, margins, pooled = [], [], []
    for images, share in ((batch["image"], [1, 1]), (first, kept.share), (second, 1 - kept.share)):
        maps, features = task.network(images)
        refined = task.network.refined(images, maps, features).detach().numpy()
        maps = maps.detach().numpy()
        one, other = np.zeros(maps.shape), np.zeros(maps.shape)
        for n, c in np.ndindex(2, 3):
            score, tag = maps[n, c].astype(np.float64).mean(), float(TAGS[n, c])
            margins.append(np.logaddexp(0, -score if tag else score))
            one[n, c] = stretch(maps[n, c]) * tag * float(share[n])
            other[n, c] = stretch(refined[n, c + 1]) * tag * float(share[n])
        for n in range(2):
            present = refined[n, 1:][TAGS[n].numpy() > 0].max(axis=0).ravel()
            if not TAGS[n].all():
                present = np.maximum(present, 0)
            pooled.append(np.sort(present)[: present.size // 4].mean())
        views.append((one, other))
    (whole, fine), (first, fine1), (second, fine2) = views
    return {
        "classify": np.mean(margins),
        "min_pool": np.mean(pooled),
        "tcp": np.abs(whole - (first + second)).mean(),
        "tcp_refined": np.abs(fine - fine1 - fine2).mean(),
        "cpcr": slow_missing(whole, first, fine2, 0.2) + slow_missing(whole, second, fine1, 0.2),
    }


def test_loss_is_that_of_three_forward_passes(make_task):
    task = make_task(min_pool=2.0, tcp=3.0, tcp_refined=4.0, cpcr=5.0)
    torch.manual_seed(1)
    loss, parts = task.loss(make_batch())
    torch.manual_seed(1)
    expected = slow_losses(task, make_batch())
    assert parts == {name: pytest.approx(value, rel=1e-3) for name, value in expected.items()}
    weights = {"classify": 1, "min_pool": 2, "tcp": 3, "tcp_refined": 4, "cpcr": 5}
    total = sum(weights[name] * value for name, value in parts.items())
    assert float(loss.detach()) == pytest.approx(total, rel=1e-5) and min(parts.values()) > 0


def gradients(task, progress=0.0):
    """The sizes of the gradients of trunk and head, and of the modules' layers."""
    torch.manual_seed(2)
    task.network.zero_grad()
    task.loss(make_batch(progress))[0].backward()
    network = task.network
    sizes = []
    modules = [network.tap_shallow, network.tap_deep, network.compare, network.describe]
    for group in ([network.trunk, network.head], modules):
        tensors = [p.grad for module in group for p in module.parameters() if p.grad is not None]
        sizes.append(sum(float(grad.abs().sum()) for grad in tensors))
    return sizes


@pytest.fixture
def unclassified(monkeypatch):
    """Classification losses that are 0 and give no gradient."""
    monkeypatch.setattr(cpn_module, "classification_loss", lambda maps, tags, s: maps.sum() * 0)


@pytest.mark.parametrize("name", ["min_pool", "tcp_refined", "cpcr"])
def test_losses_of_refined_maps_train_the_modules_only(make_task, unclassified, name):
    trunk, modules = gradients(make_task(**{**OFF, name: 1.0}))
    assert trunk == 0 and modules > 0


def test_tcp_trains_the_trunk_by_the_photo_alone(make_task, unclassified, monkeypatch):
    assert gradients(make_task(**{**OFF, "tcp": 1.0}))[1] == 0
    task, seen = make_task(**{**OFF, "tcp": 1.0}), []
    look = task.look

    def watched(images, pair):
        maps, features = look(images, pair)
        maps.retain_grad()
        seen.append(maps)
        return maps, features

    monkeypatch.setattr(task, "look", watched)
    assert gradients(task)[0] > 0
    assert seen[0].grad[:2].abs().sum() > 0 and seen[0].grad[2:].abs().sum() == 0


def test_classification_trains_the_trunk_only(make_task):
    trunk, modules = gradients(make_task(**OFF))
    assert trunk > 0 and modules == 0


def test_every_layer_of_the_modules_learns(make_task):
    task = make_task()
    gradients(task)
    network = task.network
    for layer in (network.tap_shallow, network.tap_deep, network.compare, network.describe):
        assert layer.weight.grad.abs().sum() > 0


def test_weight_of_tcp_rises_from_zero(make_task, unclassified):
    task = make_task(**{**OFF, "tcp": 1.0, "tcp_ramp": 0.5})
    at = [gradients(task, progress)[0] for progress in (0.0, 0.25, 0.5, 1.0)]
    assert at[0] == 0 and at[2] == at[3] > 0 and at[1] == pytest.approx(at[2] / 2, rel=1e-4)


@pytest.mark.parametrize("name", [*OFF])
def test_loss_of_weight_zero_is_left_out(make_task, name):
    torch.manual_seed(1)
    _, every = make_task().loss(make_batch())
    torch.manual_seed(1)
    _, parts = make_task(**{name: 0.0}).loss(make_batch())
    assert parts == {part: pytest.approx(every[part]) for part in every if part != name}


def test_refined_maps_are_not_made_for_nothing(make_task, monkeypatch):
    task = make_task(min_pool=0.0, tcp_refined=0.0, cpcr=0.0)
    monkeypatch.setattr(task.network, "refined", None)  # a call would fail
    assert set(task.loss(make_batch())[1]) == {"classify", "tcp"}


def test_pair_that_is_not_classified_keeps_no_graph_and_gives_the_same_maps(make_task):
    images, pair = rand(2, 3, 64, 64), rand(4, 3, 64, 64, seed=1)
    maps, features = make_task().look(images, pair)
    other_maps, other = make_task(classify_pair=0.0).look(images, pair)
    assert torch.allclose(maps, other_maps, atol=1e-4)
    for one, two in zip([features.final, *features.taps], [other.final, *other.taps]):
        assert torch.allclose(one, two, atol=1e-4)
    with torch.no_grad():
        expected = make_task().network(pair)[0]
    assert torch.allclose(other_maps[2:], expected, atol=1e-4)


def test_pair_that_is_not_classified_changes_no_other_gradient(make_task, monkeypatch):
    """The photo's loss alone counts; the pair's maps are constants in all other losses."""

    def photo_only(maps, tags, settings):
        photo_only.calls += 1
        loss = maps.square().mean()
        return loss if photo_only.calls % 3 == 1 else loss.detach() * 0

    monkeypatch.setattr(cpn_module, "classification_loss", photo_only)
    sizes = []
    for weight in (1.0, 0.0):
        photo_only.calls = 0
        task = make_task(classify_pair=weight, **{**OFF, "cpcr": 1.0, "min_pool": 1.0})
        sizes.append(gradients(task))
    assert sizes[0][0] * 3 == pytest.approx(sizes[1][0], rel=1e-3)  # one of three losses, and all
    assert sizes[0][1] == pytest.approx(sizes[1][1], rel=1e-3)


TINY = CpnSettings(**SMALL, crop=32, long_side=(32, 48), epochs=3, batch=4, lr=1e-3)


def run(index, folder=None, stop=None, settings=TINY):
    """Train on the synthetic photos; with `stop` it breaks off after so many steps."""
    chosen = index.split("train")
    ids = np.tile(np.repeat(np.arange(12), 8), (72, 1)) + 12 * np.repeat(np.arange(9), 8)[:, None]
    targets = {"superpixels": Target(lambda _: ids.astype(np.int32), OUTSIDE, dtype=np.int32)}
    photos = TrainingPhotos(index, chosen, settings, targets)
    return train_until(lambda: Cpn(settings, len(index.classes)), photos, settings, folder, stop)


@pytest.mark.parametrize("pair", ["superpixels", "grid"])
def test_resumed_training_equals_an_unbroken_one(index, tmp_path, pair):
    settings = TINY.model_copy(update={"pair": pair, "dropout": 0.5})
    whole, history = run(index, settings=settings)
    run(index, tmp_path, stop=3, settings=settings)
    resumed, resumed_history = run(index, tmp_path, settings=settings)
    for a, b in zip(whole.network.state_dict().values(), resumed.network.state_dict().values()):
        assert torch.equal(a, b)
    assert history == resumed_history and history[-1]["loss"] > 0


def read_chain(folder, text):
    (folder / "own.yaml").write_text(text)
    return resolve(read_recipe(folder / "own.yaml"), StepSettings(DEFAULT, {}), "mini-0", "train")


@pytest.mark.parametrize("recipe", ["cpn", "cpn_psa"])
def test_classifier_of_the_recipes_reads_all_superpixels_of_the_split(recipe):
    plan = Plan({**DEFAULT, "dataset": "mini", "shards": 2})
    chain = plan.chain(recipe)
    step, folder = chain.step("classifier"), chain.step("superpixels").folder
    read = [one.path for one in plan.steps.job(step).inputs["superpixels"]]
    assert read == [f"work/{folder}/superpixels/train/{k}-of-2" for k in range(2)]
    assert chain.step("refine").method == "pcm" and chain.last("predictions") is not None


def test_cpn_is_seam_s_chain_but_for_the_classifier():
    plan = Plan({**DEFAULT, "dataset": "mini"})
    seam, own = plan.chain("seam"), plan.chain("cpn_psa")
    assert own.names == ["superpixels", *seam.names]
    for step in seam:
        other = own.step(step.name)
        assert step.name == "classifier" or step.settings == other.settings


def test_recipe_without_superpixels_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"pair' is 'superpixels'.*'superpixels: slic'.*grid"):
        read_chain(tmp_path, "about: a\nchain: {classifier: cpn}\n")


def test_recipe_with_a_grid_needs_no_superpixels(tmp_path):
    text = "about: a\nchain: {classifier: cpn}\nsettings: {classifier: {cpn: {pair: grid}}}\n"
    assert "superpixels" not in read_chain(tmp_path, text).step("classifier").inputs
