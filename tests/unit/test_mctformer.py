"""MCTformer against slow sums, on small ViTs with random weights."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.conftest import DEFAULT
from tests.unit.test_plan import make_plan
from wsss.cams.attention import attention_cam
from wsss.cams.attention_settings import AttentionSettings
from wsss.cams.class_tokens import attended_maps, class_token_cam
from wsss.cams.class_tokens_settings import ClassTokenSettings
from wsss.cams.refine_pcm import refine_maps
from wsss.cams.refine_pcm_once import refine_once
from wsss.cams.refine_pcm_settings import PcmSettings
from wsss.cams.refiner_input import RefinerInput
from wsss.cams.settings import ExportSettings
from wsss.classify.cam import Cam
from wsss.classify.mctformer import Mctformer
from wsss.classify.mctformer_settings import MctformerSettings
from wsss.classify.registry import CLASSIFIERS
from wsss.classify.settings import ClassifierSettings
from wsss.data.images import read_photo
from wsss.nets.attention import attention_of, blocks_of, mean_attention
from wsss.nets.class_tokens import give_class_tokens
from wsss.nets.inference import inference_task
from wsss.nets.models import save_model
from wsss.nets.trunk import Trunk
from wsss.plan.recipes import read_recipe
from wsss.plan.resolving import resolve
from wsss.plan.step_settings import StepSettings
from wsss.run.errors import UserError
from wsss.run.settings import Settings

VIT = {"backbone": "vit_tiny_patch16_224", "weights": "none", "output_stride": 16}
CPU = torch.device("cpu")
ONE = {"scales": (1.0,), "flip": False, "precision": "float32"}
NONE = Settings()
NAMES = ("cat", "dog", "cow")


def make_task():
    """An untrained task whose attention is not even."""
    torch.manual_seed(0)
    task = Mctformer(MctformerSettings(**VIT, dropout=0), 3)
    for (
        block
    ) in task.network.trunk.body.net.blocks:  # else each token attends to all others nearly alike
        torch.nn.init.normal_(block.attn.qkv.weight, 0, 0.25)
    return task


@pytest.fixture(scope="module")
def task():
    made = make_task()
    made.network.eval()
    return made


def test_scores_are_means_of_tokens(task):
    """Each token after the blocks, run by hand; patches are after the norm, too."""
    images = torch.rand(2, 3, 48, 32)
    network = task.network
    net = network.trunk.body.net
    with torch.no_grad():
        scores, maps = network.scores_and_maps(images)
        x = net.blocks(net._pos_embed(net.patch_embed(network.trunk.normalise(images))))
        patches = net.norm(x)[:, 3:].transpose(1, 2).reshape(2, -1, 3, 2)
        expected = F.conv2d(patches, network.head.weight, padding=1)
    assert x.shape[1] == 3 + 6 and maps.shape == (2, 3, 3, 2)
    for n in range(2):
        for c in range(3):
            assert float(scores[n, c]) == pytest.approx(float(x[n, c].sum()) / 192, abs=1e-5)
    assert scores.std() > 0.001  # after an even norm all of them are 0
    assert torch.allclose(maps, expected, atol=1e-4)


def test_tokens_start_as_copies_with_their_position():
    torch.manual_seed(0)
    trunk = Trunk("vit_tiny_patch16_224", 16)
    net = trunk.body.net
    token, positions = net.cls_token.detach().clone(), net.pos_embed.detach().clone()
    give_class_tokens(trunk.body, 4)
    assert net.cls_token.shape == (1, 4, 192) and net.pos_embed.shape == (1, 4 + 196, 192)
    assert all(torch.equal(net.cls_token[:, k], token[:, 0]) for k in range(4))
    assert all(torch.equal(net.pos_embed[:, k], positions[:, 0]) for k in range(4))
    assert torch.equal(net.pos_embed[:, 4:], positions[:, 1:])


def test_one_token_is_the_plain_network():
    torch.manual_seed(0)
    trunk, images = Trunk("vit_tiny_patch16_224", 16).eval(), torch.rand(1, 3, 64, 48)
    with torch.no_grad():
        before = trunk(images).final
        give_class_tokens(trunk.body, 1)
        assert torch.equal(trunk(images).final, before)


@pytest.mark.parametrize(
    ("backbone", "stride"),
    [("tf_efficientnet_lite0", 16), ("deit_tiny_distilled_patch16_224", 16)],
)
def test_networks_without_one_class_token_are_refused(backbone, stride):
    settings = MctformerSettings(backbone=backbone, weights="none", output_stride=stride)
    with pytest.raises(UserError, match="needs a ViT or DeiT with one class token; set classifier"):
        Mctformer(settings, 3)


def test_loss_adds_the_losses_of_tokens_and_patches(task):
    images, tags = torch.rand(2, 3, 32, 32), torch.tensor([[1.0, 0, 1], [0, 1, 0]])
    with torch.no_grad():
        loss, parts = task.loss({"image": images, "tags": tags})
        scores, maps = task.network.scores_and_maps(images)
    expected = []
    for given in (scores, maps.mean(dim=(2, 3))):
        p = given.sigmoid()
        terms = tags * p.log() + (1 - tags) * (1 - p).log()
        expected.append(-float(terms.mean()))
    assert [parts["tokens"], parts["patches"]] == pytest.approx(expected, abs=1e-5)
    assert float(loss) == pytest.approx(sum(expected), abs=1e-5)


def test_each_loss_reaches_the_tokens():
    """A class's token gets the gradient of its own score, and by attention that of the patches."""
    torch.manual_seed(0)
    task = Mctformer(MctformerSettings(**VIT, dropout=0), 3)
    scores, maps = task.network.scores_and_maps(torch.rand(1, 3, 32, 32))
    token = task.network.trunk.body.net.cls_token
    (of_score,) = torch.autograd.grad(scores[0, 1], token, retain_graph=True)
    (of_maps,) = torch.autograd.grad(maps.mean(), token)
    largest = of_score.abs().amax(dim=2)[0]
    assert largest.argmax() == 1 and of_maps.abs().max() > 0


def test_a_short_training_learns_the_tags_and_tells_tokens_apart(index):
    """On drawn photos, with random weights: both losses fall below what the shares of the tags
    alone give, and equal tokens differ.
    """
    task = make_task()
    task.network.trunk.body.net.blocks = task.network.trunk.body.net.blocks[:6]  # to be quick
    chosen = list(index.photos.values())[:4]
    pixels = [read_photo(index.image_path(photo))[:48, :48] for photo in chosen]
    images = torch.stack([torch.from_numpy(p).permute(2, 0, 1) / 255 for p in pixels])
    tags = torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]])
    optimiser = torch.optim.AdamW(task.network.parameters(), 3e-4)
    for _ in range(25):
        loss, parts = task.loss({"image": images, "tags": tags})
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    share = tags.mean(dim=0).expand(4, 3)
    blind = float(F.binary_cross_entropy(share, tags))
    assert parts["tokens"] < 0.85 * blind and parts["patches"] < 0.5 * blind
    tokens = task.network.trunk.body.net.cls_token[0]
    assert not torch.allclose(tokens[0], tokens[1], atol=1e-4)


def test_attention_of_blocks_is_averaged(task):
    blocks, inputs = blocks_of(task.network.trunk.body)[:3], [torch.randn(1, 5, 192)] * 3
    with torch.no_grad():
        each = [attention_of(block.attn, x) for block, x in zip(blocks, inputs)]
        assert torch.allclose(mean_attention(blocks, inputs), sum(each) / 3, atol=1e-6)


def test_a_class_has_the_row_of_its_token():
    attention = torch.rand(2, 2 + 6, 2 + 6)
    found = attended_maps(attention, torch.zeros(2, 2, 2, 3))
    for n, c, y, x in np.ndindex(2, 2, 2, 3):
        mean = sum(float(attention[n, c, 2 + p]) for p in range(6)) / 6
        assert float(found[n, c, y, x]) == pytest.approx(
            float(attention[n, c, 2 + 3 * y + x]) / mean, rel=1e-5
        )


def test_all_scales_weigh_alike(task):
    """A small view has fewer patches, so each of them gets more of the attention."""
    photo = np.random.default_rng(0).integers(0, 255, (96, 96, 3), np.uint8)
    given = {**ONE, "stride": 16, "couple": False, "spread": 0}

    def maps(*scales):
        settings = ClassTokenSettings(**{**given, "scales": scales})
        with torch.no_grad():
            return class_token_cam(task.network, photo, (2,), settings, CPU).scores[0]

    small, large, both = maps(1 / 3), maps(1), maps(1 / 3, 1)
    expected = small / small.mean() + large / large.mean()
    assert np.allclose(both, expected / expected.max(), atol=0.02)
    assert not np.allclose(both, small, atol=0.1)


@pytest.mark.parametrize(("couple", "spread"), [(True, 1), (False, 0)])
def test_maps_of_a_photo_are_those_of_slow_sums(task, couple, spread):
    photo = np.random.default_rng(0).integers(0, 255, (48, 32, 3), np.uint8)
    settings = ClassTokenSettings(**ONE, stride=16, layers=2, couple=couple, spread=spread)
    network = task.network
    net = network.trunk.body.net
    with torch.no_grad():
        item = class_token_cam(network, photo, (1, 3), settings, CPU)
        image = torch.from_numpy(photo).permute(2, 0, 1)[None] / 255
        patch_maps, _ = network(image)
        x, every = net._pos_embed(net.patch_embed(network.trunk.normalise(image))), []
        for block in net.blocks:
            every.append(attention_of(block.attn, block.norm1(x))[0])
            x = block(x)
    for place, c in enumerate((0, 2)):
        row = [float(every[-1][c, 3 + p] + every[-2][c, 3 + p]) for p in range(6)]
        if couple:
            row = [a * max(0.0, float(patch_maps[0, c].flatten()[p])) for p, a in enumerate(row)]
        if spread:
            between = sum(every)[3:, 3:]
            row = [
                sum(float(between[p, q]) * row[q] for q in range(6)) / float(between[p].sum())
                for p in range(6)
            ]
        expected = np.array(row).reshape(3, 2) / max(row)
        assert expected.std() > 0.02 and np.allclose(item.scores[place], expected, atol=1e-3)


def test_a_saved_network_gives_the_same_maps(task, tmp_path):
    path, settings = tmp_path / "model.safetensors", ClassTokenSettings(**ONE)
    save_model(path, task.network, "mctformer", task.settings, NAMES, [])
    loaded = inference_task(path, CLASSIFIERS, NAMES, CPU)
    photo = np.random.default_rng(1).integers(0, 255, (70, 41, 3), np.uint8)
    with torch.no_grad():
        found = class_token_cam(loaded.network, photo, (2,), settings, CPU)
        again = class_token_cam(task.network, photo, (2,), settings, CPU)
    assert found.scores.shape == (1, 9, 6) and np.array_equal(found.scores, again.scores)
    assert class_token_cam(task.network, photo, (), settings, CPU).scores.shape == (0, 9, 6)


def test_attention_of_one_token_is_refused(task):
    with pytest.raises(UserError, match="one for each class; name cams: class_tokens"):
        attention_cam(
            task.network, np.zeros((32, 32, 3), np.uint8), (1,), AttentionSettings(**ONE), CPU
        )


def test_other_classifiers_are_refused():
    network = Cam(ClassifierSettings(**VIT), 3).network.eval()
    with pytest.raises(UserError, match="only classifier: mctformer has"):
        class_token_cam(
            network, np.zeros((32, 32, 3), np.uint8), (1,), ClassTokenSettings(**ONE), CPU
        )


FIRST = "first: {kind: classifier, method: cam}, cams: null"


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        ("classifier: cam, cams: class_tokens", "'cam', which has none; write 'cams: cams'"),
        (
            "classifier: mctformer, cams: attention",
            "one for each class; write 'cams: class_tokens'",
        ),
        (
            "classifier: mctformer, labels: crf, "
            "segmenter: {method: deeplab, inputs: {start: classifier}}",
            "leave out the input 'start' of 'segmenter'",
        ),
        (
            f"{FIRST}, classifier: {{method: mctformer, inputs: {{start: first}}}}",
            "leave out the input 'start' of 'classifier'",
        ),
    ],
)
def test_networks_that_do_not_go_together_are_refused_before_they_run(chain, words, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(f"about: x\nchain: {{{chain}}}\n")
    with pytest.raises(UserError, match=words):
        resolve(read_recipe(path), StepSettings(DEFAULT, {}), "mini-000", "train")


@pytest.mark.parametrize("refine", ["pcm", "pcm_once"])
def test_refiners_take_maps_of_class_tokens(refine, task):
    """Each cell of a refined map is a mean of a map's cells."""
    photo = np.random.default_rng(2).integers(0, 255, (70, 90, 3), np.uint8)
    with torch.no_grad():
        item = class_token_cam(task.network, photo, (1, 3), ClassTokenSettings(**ONE), CPU)
        given = RefinerInput(photo, (1, 3), task.network, ExportSettings(**ONE), CPU, item)
        found = refine_maps(given, PcmSettings()) if refine == "pcm" else refine_once(given, NONE)
    assert found.labels.tolist() == [1, 3] and found.scores.shape == item.scores.shape
    assert found.scores.min() >= 0 and found.scores.max() == pytest.approx(1, abs=0.01)
    assert not np.allclose(found.scores, item.scores, atol=0.01)


def test_the_recipe_has_both():
    chain = make_plan().chain("mctformer")
    assert chain.step("classifier").method == "mctformer"
    assert chain.step("cams").method == "class_tokens"
    assert chain.step("cams").settings["normalise"] == "minmax"
