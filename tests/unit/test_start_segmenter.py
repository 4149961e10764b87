"""A segmentation network that starts from a classifier has its features."""

import pytest
import torch

from tests.unit.narrow_networks import shaken
from wsss.classify.cam import Cam
from wsss.classify.settings import ClassifierSettings
from wsss.nets.models import save_model
from wsss.nets.start import start_from
from wsss.run.errors import UserError
from wsss.segment.deeplab import DeepLab
from wsss.segment.settings import SegmenterSettings

BACKBONES = ["tf_efficientnet_lite0", "resnet18", "resnet50d", "convnext_tiny"]


@pytest.fixture(scope="module")
def classifiers(tmp_path_factory):
    """Backbone -> a classifier of three classes, with norms that are not the identity, and its
    file.
    """
    folder, made = tmp_path_factory.mktemp("classifiers"), {}

    def make(backbone):
        if backbone not in made:
            settings = ClassifierSettings(backbone=backbone, weights="none")
            network = shaken(Cam(settings, 3).network)
            save_model(folder / backbone, network, "cam", settings, ("a", "b", "c"), [])
            made[backbone] = network, folder / backbone
        return made[backbone]

    return make


def make_segmenter(backbone, head):
    """An untrained network of three classes."""
    torch.manual_seed(1)
    return DeepLab(SegmenterSettings(backbone=backbone, weights="none", head=head), 3).network


@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_encoder_of_v3plus_sees_what_the_classifier_sees(classifiers, backbone):
    classifier, path = classifiers(backbone)
    network = make_segmenter(backbone, "v3plus").eval()
    head = network.classify.weight.detach().clone()
    told = start_from(network, path)
    photo = (torch.rand(1, 3, 64, 96) - network.mean) / network.std
    with torch.no_grad():
        _, taps = classifier.trunk.body.forward_intermediates(photo)
        features = network.trunk(photo)
    features = [one for one in features[1:] if one.shape[1]]  # the first is the photo itself
    assert len(features) >= 4
    for ours, theirs in zip(reversed(features), reversed(taps)):
        assert ours.std() > 0 and torch.allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    assert torch.equal(network.classify.weight, head)
    assert f"{len(network.trunk.state_dict())} tensors taken" in told


def test_layers_after_the_encoder_stay_unused_and_are_told(classifiers):
    told = start_from(make_segmenter(BACKBONES[0], "v3plus"), classifiers(BACKBONES[0])[1])
    # conv_head, the five tensors of its norm, and the classifier's head
    assert told.endswith(", ...) of the model not used") and " 7 (" in told and "body.bn2." in told


@pytest.mark.parametrize("head", ["aspp", "largefov"])
@pytest.mark.parametrize("backbone", BACKBONES[:2])
def test_a_deeplab_of_v2_takes_the_whole_trunk(classifiers, backbone, head):
    classifier, path = classifiers(backbone)
    network = make_segmenter(backbone, head).eval()
    assert "1 (head.weight) of the model not used" in start_from(network, path)
    photo = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        ours, theirs = network.trunk(photo), classifier.trunk(photo)
    assert torch.equal(ours.final, theirs.final)
    assert all(torch.equal(*pair) for pair in zip(ours.taps, theirs.taps))


@pytest.mark.parametrize(
    ("own", "other", "words"),
    [
        ("resnet18", "resnet34", r"its trunk\.body\.layer\d\.\d\.\S+ is not in the network"),
        ("resnet34", "resnet18", r"it has no trunk\.model\.layer1\.2\.conv1\.weight;"),
        ("resnet18", "tf_efficientnet_lite0", r"it has no trunk\.model\.conv1\.weight"),
    ],
)
def test_a_classifier_with_another_backbone_is_refused(classifiers, own, other, words):
    network = make_segmenter(own, "v3plus")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(UserError, match=words):
        start_from(network, classifiers(other)[1])
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_v3plus_still_starts_from_itself(tmp_path):
    trained = shaken(make_segmenter("resnet18", "v3plus"))
    save_model(tmp_path / "m", trained, "deeplab", SegmenterSettings(), ("a", "b", "c"), [])
    network = make_segmenter("resnet18", "v3plus")
    assert "0 of the network keep" in start_from(network, tmp_path / "m")
    assert all(torch.equal(*pair) for pair in zip(network.parameters(), trained.parameters()))
