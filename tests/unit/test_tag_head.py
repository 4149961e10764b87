"""The tag head of a single stage from ImageNet's rows: its maps are those of ImageNet's classifier,
it learns, and it is saved, exported and resumed as another one.
"""

import pytest
import timm
import torch

from tests.unit.interrupted import train_until
from wsss.classify.imagenet import ImageNetClassifier
from wsss.classify.settings import ClassifierSettings
from wsss.crf.settings import CrfSettings
from wsss.nets.bodies import build_body
from wsss.nets.models import load_task, read_description, save_model
from wsss.run.errors import UserError
from wsss.run.settings import validate
from wsss.segment.aalr import Aalr
from wsss.segment.aalr_settings import AalrSettings
from wsss.segment.last_layers import LastLayers
from wsss.segment.registry import SEGMENTERS
from wsss.segment.rrm_settings import RrmSettings
from wsss.segment.single_stage import SingleStage
from wsss.training.photos import TrainingPhotos
from wsss.training.targets import PLACE, REGION, region_target

LITE = "tf_efficientnet_lite0"
NAMES = ("cat", "dog", "person")
QUICK = {"scales": (1.0,), "crf": CrfSettings(backend="pydensecrf", iterations=1)}
ROWS = {"backbone": LITE, "head_from": "imagenet", "dropout": 0.0}


@pytest.fixture(scope="module")
def task():
    """AA&LR on DeepLab v3+, whose encoder lacks the last layers; in training mode."""
    torch.manual_seed(0)
    always = {"after": 0.0}
    rules = {"alpha_low": 0.2, "alpha_high": 8.0, "crf_above": 0.0, "labels_after": 0.0, **QUICK}
    settings = AalrSettings(**ROWS, **rules, affinity=always, reassign=always)
    made = Aalr(settings, 3)
    made.network.name_classes(NAMES)
    made.network.train()
    return made


def classifier_maps(images, backbone=LITE, weights="imagenet"):
    """The class maps of cat and dog by `classifier: imagenet`."""
    known = ImageNetClassifier(ClassifierSettings(backbone=backbone, weights=weights), 2)
    known.network.name_classes(NAMES[:2])
    with torch.no_grad():
        return known.network.eval()(images)[0]


def test_class_maps_of_v3plus_begin_as_those_of_imagenet_s_classifier(task):
    images = torch.rand(2, 3, 64, 96)
    with torch.no_grad():
        maps = task.network.eval() and task.class_maps(images)
        scores = task.network.tag_head.score(task.network.last_map(images))
    task.network.train()
    assert torch.equal(maps[:, :2], classifier_maps(images)) and maps.shape == (2, 3, 4, 6)
    assert torch.equal(scores, maps.mean(dim=(2, 3)))


@pytest.mark.parametrize(
    ("backbone", "head"), [("resnet18", "v3plus"), ("resnet18", "aspp"), ("test_vit", "two_convs")]
)
def test_class_maps_begin_so_on_other_networks(tmp_path, backbone, head):
    path = tmp_path / "whole.pth"
    torch.save(timm.create_model(backbone, num_classes=1000).state_dict(), path)
    given = {**ROWS, "backbone": backbone, "weights": str(path), "head": head, "hidden": 8}
    task, images = SingleStage(RrmSettings(**given), 2), torch.rand(1, 3, 64, 64)
    task.network.name_classes(NAMES[:2])
    with torch.no_grad():
        maps = task.network.eval() and task.class_maps(images)
    assert torch.equal(maps, classifier_maps(images, backbone, str(path)))
    own = [name for name in task.network.tag_head.state_dict() if "body" in name]
    assert not own, "these networks have no layers between the last map and the classifier"


def make_batch():
    """Two crops: one of a cat and a person, one of a dog."""
    lines = (torch.arange(64) + 0.5) / 64
    return {
        "image": torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)),
        "tags": torch.tensor([[1.0, 0, 1], [0, 1, 0]]),
        "id": ["a", "b"],
        REGION: torch.ones(2, 64, 64, dtype=torch.uint8),
        PLACE: torch.stack([lines, lines]).repeat(2, 1, 1),
        "progress": 0.5,
    }


def test_gradients_reach_the_rows_the_own_rows_and_the_last_layers(task):
    task.network.zero_grad()
    loss, parts = task.loss(make_batch())
    loss.backward()
    assert parts["made"] == 1 and parts["classify"] > 0
    head = task.network.tag_head
    assert head.classify.rows.weight.grad.abs().sum() > 0
    own = head.classify.own.weight.grad.abs().sum(dim=(1, 2, 3))
    assert own[2] > 0 and not own[:2].any(), "ImageNet has cats and dogs"
    learned = {name for name, p in head.named_parameters() if p.grad is not None}
    assert "describe.trunk.body.conv_head.weight" in learned
    assert not any(".bn2." in name for name in learned), "norms are frozen, as those of the trunk"


def test_pretrained_layers_of_the_head_learn_at_the_rate_of_the_trunk(task):
    settings = task.settings.model_copy(update={"head_lr": 4.0})
    rates = {id(p): group.lr for group in task.parameter_groups(settings) for p in group.parameters}
    head = task.network.tag_head
    assert rates[id(head.describe.trunk.body.conv_head.weight)] == 1
    assert rates[id(head.classify.rows.weight)] == 1
    assert rates[id(head.classify.own.weight)] == rates[id(task.network.classify.weight)] == 4
    trained = [p for p in task.network.parameters() if p.requires_grad]
    assert len(rates) == len(trained)


def test_rows_can_be_held():
    settings = RrmSettings(**{**ROWS, "head": "aspp"}, hold_head=True)
    head = SingleStage(settings, 2).network.tag_head.classify
    assert not head.rows.weight.requires_grad and head.own.weight.requires_grad
    with pytest.raises(UserError, match="set head_from: imagenet as well"):
        validate(RrmSettings, {"hold_head": True})


def test_a_network_without_rows_is_refused_as_by_the_classifiers(tmp_path):
    path = tmp_path / "vgg.pth"
    torch.save(build_body("vgg11", 8).state_dict(), path)
    net = {"backbone": "vgg11", "output_stride": 8, "weights": str(path), "head": "aspp"}
    with pytest.raises(UserError, match=r"'vgg11' has no classifier of ImageNet's 1,000"):
        SingleStage(RrmSettings(**{**ROWS, **net}, hidden=4), 2)


def test_random_weights_have_no_rows(task):
    bare = SingleStage(task.settings.model_copy(update={"weights": "none", "head": "aspp"}), 3)
    with pytest.raises(UserError, match=r"set weights: imagenet, .* or set head_from: random"):
        bare.network.name_classes(NAMES)


def test_an_encoder_that_the_last_layers_do_not_continue_is_refused(task):
    encoder, settings = task.network.trunk.model, task.settings
    kept = encoder.conv_stem.weight.detach().clone()
    try:
        encoder.conv_stem.weight.data.mul_(0.5)
        with pytest.raises(UserError, match=f"'{LITE}' has no classifier .* reads its last"):
            LastLayers(task.network, settings)
    finally:
        encoder.conv_stem.weight.data.copy_(kept)


def test_a_saved_network_says_its_head_and_gives_the_same_maps(task, tmp_path):
    save_model(tmp_path / "m", task.network, "aalr", task.settings, NAMES, [])
    about = read_description(tmp_path / "m.json")
    assert about.settings["head_from"] == "imagenet"
    again, images = load_task(tmp_path / "m", SEGMENTERS, NAMES), torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        expected = task.network.eval() and task.class_maps(images)
        assert torch.equal(again.class_maps(images), expected)
        assert torch.equal(again.network(images), task.network(images))
    task.network.train()


def test_interrupted_training_resumes_to_the_bit(index, tmp_path):
    path = tmp_path / "whole.pth"
    torch.save(timm.create_model("test_vit", num_classes=1000).state_dict(), path)
    net = {"backbone": "test_vit", "weights": str(path), "head": "two_convs", "hidden": 8}
    sizes = {"crop": 64, "long_side": (48, 80), "epochs": 2, "batch": 4, "optimiser": "adamw"}
    settings = RrmSettings(**{**ROWS, **net, **sizes, **QUICK}, tag_above=0.5, refresh=2)
    training = TrainingPhotos(
        index, index.split("train"), settings, {REGION: region_target()}, places=True
    )

    def make():
        made = SingleStage(settings, len(index.classes))
        made.network.name_classes(index.classes)
        return made

    whole, history = train_until(make, training, settings)
    train_until(make, training, settings, tmp_path, stop=2)
    resumed, same = train_until(make, training, settings, tmp_path)
    assert history == same and history[-1]["made"] > 0
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[name]), name
