"""ImageNet's own classifier as class maps: the table of names, its rows, and what is trained."""

import pytest
import timm
import torch
from torch import nn

from wsss.classify.cam import Cam
from wsss.classify.imagenet import ImageNetClassifier
from wsss.classify.imagenet_names import IMAGENET_NAMES, RUN
from wsss.classify.imagenet_rows import all_names, describe_rows, find_rows
from wsss.classify.registry import CLASSIFIERS
from wsss.classify.settings import ClassifierSettings
from wsss.data.class_names import OTHER_NAMES
from wsss.data.voc_classes import VOC_CLASSES
from wsss.nets import imagenet_head
from wsss.nets.bodies import build_body
from wsss.nets.imagenet_head import ImageNetHead, NoRows, load_rows, position_features
from wsss.nets.models import load_task, save_model
from wsss.run.errors import UserError
from wsss.run.settings import validate
from wsss.training.loop import train
from wsss.training.process import Runtime

LITE = "tf_efficientnet_lite0"
SETTINGS = ClassifierSettings(backbone=LITE, weights="imagenet", dropout=0.0)


def test_every_name_in_the_table_is_the_first_name_of_one_imagenet_class():
    first = [names[0] for names in all_names()]
    for entry in IMAGENET_NAMES.values():
        for name in entry:
            for end in name.split(RUN):
                assert first.count(end) == 1, end


def test_the_table_has_all_classes_of_voc_and_coco():
    assert set(VOC_CLASSES) < set(IMAGENET_NAMES)
    assert len(IMAGENET_NAMES) == 80  # COCO has all of VOC's classes, four by another name
    assert set(OTHER_NAMES.values()) < set(VOC_CLASSES)
    assert not set(OTHER_NAMES) & set(IMAGENET_NAMES)


def test_no_imagenet_class_shows_two_classes():
    names = list(IMAGENET_NAMES)
    rows = find_rows(names, {})
    together = [row for found in rows for row in found]
    assert len(together) == len(set(together))
    by_name = dict(zip(names, rows))
    assert len(by_name["dog"]) == 118
    assert by_name["dog"] == tuple(range(151, 269))
    assert len(by_name["bird"]) == 59
    assert by_name["tvmonitor"] == (664, 782, 851)
    assert by_name["person"] == ()
    others = find_rows(["airplane", "tv", "dining table"], {})
    assert others == [by_name["aeroplane"], by_name["tvmonitor"], by_name["diningtable"]]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Horses", "horse"),  # a search would find "river horse", the hippopotamus
        ("dogs", "dog"),
        ("Kite", "kite"),
        ("potted-plant", "pottedplant"),
        ("TV_Monitor", "tvmonitor"),
        ("Couch", "sofa"),
    ],
)
def test_the_table_knows_a_class_however_it_is_written(written, name):
    assert find_rows([written], {}) == find_rows([name], {})


def test_a_run_against_imagenet_s_order_is_refused():
    assert find_rows(["x"], {"x": ["tabby .. tiger cat"]}) == [(281, 282)]
    with pytest.raises(UserError, match=r"'tiger cat .. tabby', but .* 'tabby' comes first"):
        find_rows(["x"], {"x": ["tiger cat .. tabby"]})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("zucchini", ["zucchini"]),
        ("Arctic_fox", ["Arctic fox"]),
        ("fox", ["red fox", "kit fox", "Arctic fox", "grey fox"]),
        ("bananas", ["banana"]),
        ("courgette", ["zucchini"]),
        ("unicorn", []),
        ("kite", []),  # in ImageNet a bird; in the table it is COCO's toy
    ],
)
def test_names_outside_the_table_are_searched(name, expected):
    found = find_rows([name], {})[0]
    assert [all_names()[row][0] for row in found] == expected


def test_names_of_one_s_own_win_and_are_checked():
    assert find_rows(["cat", "x"], {"cat": (), "x": ["Beagle"]}) == [(), (162,)]
    with pytest.raises(
        UserError, match=r"'beagel', which is no class of ImageNet .did you mean 'bagel'"
    ):
        find_rows(["x"], {"x": ["beagel"]})
    with pytest.raises(
        UserError, match=r"'cats', which is no class of the dataset .did you mean 'cat'"
    ):
        find_rows(["cat"], {"cats": []})
    assert describe_rows(["cat", "banana", "person"], [(281, 282, 283, 284), (954,), ()]) == [
        "cat: 4 ImageNet classes (tabby, tiger cat, Persian cat, ...)",
        "banana: 1 ImageNet class (banana)",
        "person: no ImageNet class",
    ]


@pytest.mark.parametrize("backbone", [LITE, "resnet18", "mobilenetv3_small_050", "convnext_atto"])
def test_position_features_are_what_the_network_s_own_classifier_reads(backbone):
    """On a map of one position. There the mean over positions is the position itself."""
    torch.manual_seed(0)
    whole = timm.create_model(backbone, num_classes=1000).eval()
    bare = timm.create_model(backbone, num_classes=0).eval()
    bare.load_state_dict(whole.state_dict(), strict=False)
    final = torch.randn(3, whole.num_features, 1, 1)
    with torch.no_grad():
        features = position_features(bare, final)
        logits = whole.get_classifier()(features.flatten(1))
        assert torch.allclose(logits, whole.forward_head(final), atol=1e-5)
        wide = torch.randn(2, whole.num_features, 3, 2)
        corner = position_features(bare, wide)[:, :, 2, 1]
        assert torch.allclose(corner, position_features(bare, wide[:, :, 2:, 1:])[:, :, 0, 0])


def test_class_maps_are_the_largest_row_of_each_class_less_the_largest_of_all():
    head = ImageNetHead(4, 3, hold=True, contrast=0.25)
    rows, features = torch.randn(1000, 4), torch.randn(2, 4, 3, 5)
    head.set_rows(rows)
    head.set_members([(5, 900), (), (0,)])
    maps = head(features)
    assert maps.shape == (2, 3, 3, 5)
    for n in range(2):
        for y in range(3):
            for x in range(5):
                logits = rows @ features[n, :, y, x]
                own = head.own.weight[1, :, 0, 0] @ features[n, :, y, x]
                most = logits.max() / 4
                expected = torch.stack([logits[[5, 900]].max() - most, own, logits[0] - most])
                assert torch.allclose(maps[n, :, y, x], expected, atol=1e-5)


def test_rows_are_those_of_the_network_that_the_weights_belong_to():
    body = build_body(LITE, 32)
    rows = load_rows(body, LITE, "imagenet", 1280)
    whole = timm.create_model(LITE, num_classes=1000)
    imagenet_head.load_backbone_weights(whole, LITE, "imagenet")
    assert torch.equal(rows, whole.classifier.weight)
    assert rows.std() > 0.01


@pytest.mark.parametrize("backbone", ["vgg11", "resnet38"])
def test_backbones_without_such_a_classifier_are_refused(backbone):
    body = build_body(backbone, 16 if backbone == "vgg11" else 8)
    with pytest.raises(UserError, match=f"'{backbone}' has no classifier of ImageNet's 1,000"):
        load_rows(body, backbone, "imagenet", 512)


def test_weights_without_a_classifier_are_refused(tmp_path):
    path = tmp_path / "bare.pth"
    torch.save(timm.create_model("resnet18", num_classes=0).state_dict(), path)
    with pytest.raises(UserError, match=r"the first is fc.weight.* need .* its classifier, too"):
        load_rows(build_body("resnet18", 16), "resnet18", str(path), 512)


def test_imagenet_s_classifier_learns_nothing_where_it_knows_all_classes(capsys):
    task = ImageNetClassifier(SETTINGS, 2)
    task.network.name_classes(("cat", "dog"))
    assert not any(p.requires_grad for p in task.network.parameters())
    before = {name: value.clone() for name, value in task.network.state_dict().items()}
    averaged = SETTINGS.model_copy(update={"average": 0.9})
    assert train(task, None, averaged, Runtime()) == []  # so it reads no photo
    assert "nothing in this network learns" in capsys.readouterr().out
    for name, value in task.network.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_imagenet_s_classifier_keeps_the_statistics_of_its_norms():
    task = ImageNetClassifier(SETTINGS.model_copy(update={"freeze_norm": False}), 2)
    task.network.name_classes(("cat", "person"))
    task.network.train()
    before = {name: value.clone() for name, value in task.network.state_dict().items()}
    task.loss({"image": torch.rand(2, 3, 64, 64), "tags": torch.tensor([[1.0, 0.0], [0.0, 1.0]])})
    for name, value in task.network.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_imagenet_s_classifier_learns_only_rows_of_classes_that_it_does_not_have():
    task = ImageNetClassifier(SETTINGS, 2)
    lines = task.network.name_classes(("cat", "person"))
    assert lines[1] == "person: no ImageNet class"
    learned = [name for name, p in task.network.named_parameters() if p.requires_grad]
    assert learned == ["head.own.weight"]
    task.network.train()
    batch = {"image": torch.rand(2, 3, 64, 64), "tags": torch.tensor([[1.0, 0.0], [0.0, 1.0]])}
    loss, _ = task.loss(batch)
    loss.backward()
    grad = task.network.head.own.weight.grad
    assert grad[1].abs().sum() > 0
    assert grad[0].abs().sum() == 0
    without = {**batch, "tags": torch.tensor([[0.0, 0.0], [1.0, 1.0]])}
    assert torch.equal(task.loss(without)[0], loss)  # the cat's tags count nowhere


def test_a_trained_head_starts_from_the_rows_and_may_be_held():
    free = Cam(validate(ClassifierSettings, {**SETTINGS.model_dump(), "head_from": "imagenet"}), 2)
    free.network.name_classes(("cat", "dog"))
    known = ImageNetClassifier(SETTINGS, 2)
    known.network.name_classes(("cat", "dog"))
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        maps = free.network.eval()(image)[0]
        assert torch.equal(maps, known.network.eval()(image)[0])
    assert free.network.head.rows.weight.requires_grad
    held = SETTINGS.model_copy(update={"head_from": "imagenet", "hold_head": True})
    assert not Cam(held, 2).network.head.rows.weight.requires_grad
    with pytest.raises(UserError, match="set head_from: imagenet as well"):
        validate(ClassifierSettings, {"hold_head": True})


def test_a_head_without_rows_is_refused():
    task = ImageNetClassifier(SETTINGS.model_copy(update={"weights": "none"}), 1)
    with pytest.raises(UserError, match="set weights: imagenet"):
        task.network.name_classes(("cat",))


@pytest.mark.parametrize("weights", ["none", "imagenet"])
def test_a_head_may_start_from_random_values_instead(weights, tmp_path, monkeypatch):
    def refuse(*_):
        raise NoRows("backbone 'b' has no classifier")

    monkeypatch.setattr("wsss.nets.imagenet_head.load_rows", refuse)
    given = {"head_from": "imagenet_or_random", "weights": weights}
    settings, classes = SETTINGS.model_copy(update=given), ("cat", "dog")
    task = Cam(settings, 2)
    (line,) = task.network.name_classes(classes)
    assert line.startswith("the class maps start from random values: ")
    assert ("backbone 'b'" in line) == (weights == "imagenet")
    task.network.train()
    batch = {"image": torch.rand(2, 3, 64, 64), "tags": torch.eye(2)}
    task.loss(batch)[0].backward()
    assert task.network.head.own.weight.grad.abs().sum() > 0
    assert task.network.head.rows.weight.grad is None
    save_model(tmp_path / "m", task.network, "cam", settings, classes, [])
    again, image = load_task(tmp_path / "m", CLASSIFIERS, classes), batch["image"]
    with torch.no_grad():
        assert torch.equal(again.network(image)[0], task.network.eval()(image)[0])


def test_imagenet_or_random_takes_the_rows_where_there_are_some():
    given = {"head_from": "imagenet_or_random"}
    networks = [
        Cam(SETTINGS.model_copy(update=one), 2).network
        for one in (given, {"head_from": "imagenet"})
    ]
    lines = [network.name_classes(("cat", "dog")) for network in networks]
    assert lines[0] == lines[1] and "random" not in "".join(lines[0])
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        first, second = (network.eval()(image)[0] for network in networks)
    assert torch.equal(first, second)


def test_a_saved_classifier_gives_the_same_maps(tmp_path):
    task, classes = ImageNetClassifier(SETTINGS, 2), ("cat", "person")
    task.network.name_classes(classes)
    save_model(tmp_path / "m", task.network, "imagenet", SETTINGS, classes, [])
    again = load_task(tmp_path / "m", CLASSIFIERS, classes)
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        expected = task.network.eval()(image)[0]
        assert torch.equal(again.network(image)[0], expected)
    assert isinstance(again.network.head.own, nn.Conv2d)
