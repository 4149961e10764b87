"""The multi-point loss against a loop over rows and columns, and its boxes on disk."""

import numpy as np
import pytest
import torch

from wsss.data.box_files import read_planes, write_boxes
from wsss.data.photo import Photo
from wsss.losses.multi_point import multi_point_loss
from wsss.plan.config import config_model
from wsss.plan.recipes import read_recipe
from wsss.plan.resolving import resolve
from wsss.plan.step_settings import StepSettings
from wsss.run.errors import UserError
from wsss.segment.deeplab import DeepLab
from wsss.segment.settings import SegmenterSettings
from wsss.training.label_targets import boxes_target

SIDE, K = 10, 4
BOXES = {0: [(1, 2, 3, 7, 9), (3, 4, 1, 8, 4)], 1: [(2, 0, 2, 5, 6)], 2: [(1, 3, 0, 6, 10)]}
"""photo -> boxes; that of photo 1 reaches the left side, that of photo 2 the upper and lower one"""


def draw():
    planes = torch.zeros(3, 3, SIDE, SIDE, dtype=torch.uint8)
    for n, boxes in BOXES.items():
        for m, (label, left, top, right, bottom) in enumerate(boxes):
            planes[n, m, top:bottom, left:right] = label
    torch.manual_seed(0)
    return torch.randn(3, K, SIDE, SIDE, dtype=torch.float64, requires_grad=True), planes


def slow_loss(logits):
    """The best pixel of every row and column that counts."""
    losses = []
    for n, boxes in BOXES.items():
        for label, left, top, right, bottom in boxes:
            lines = []
            if left > 0 and right < SIDE:
                lines += [[(y, x) for x in range(left, right)] for y in range(top, bottom)]
            if top > 0 and bottom < SIDE:
                lines += [[(y, x) for y in range(top, bottom)] for x in range(left, right)]
            for line in lines:
                y, x = max(line, key=lambda place: float(logits[n, label, *place].detach()))
                losses.append(logits[n, :, y, x].logsumexp(0) - logits[n, label, y, x])
    return torch.stack(losses).mean()


def test_it_is_a_loop_over_rows_and_columns():
    logits, planes = draw()
    ours, slow = multi_point_loss(logits, planes), slow_loss(logits)
    assert float(ours.detach()) == pytest.approx(float(slow.detach()), rel=1e-9)
    gradients = [torch.autograd.grad(loss, logits)[0] for loss in (ours, slow)]
    assert torch.allclose(*gradients)


def test_no_box_has_no_loss_and_no_gradient():
    logits, planes = draw()
    loss = multi_point_loss(logits, 0 * planes)
    loss.backward()
    assert float(loss.detach()) == 0 and not logits.grad.any()


def test_it_makes_every_row_and_column_of_a_box_hold_its_class():
    _, planes = draw()
    logits = torch.zeros(1, K, SIDE, SIDE)
    logits[:, 0] = 3
    for _ in range(200):
        logits.requires_grad_()
        (gradient,) = torch.autograd.grad(multi_point_loss(logits, planes[:1]), logits)
        logits = (logits - 10 * gradient).detach()
    found = logits[0].argmax(0) == 1
    assert found[3:9, 2:7].any(0).all() and found[3:9, 2:7].any(1).all()
    assert not found[:1].any() and not found[:, 8:].any()


def test_boxes_come_back_as_planes(tmp_path):
    folder = tmp_path / "boxes"
    folder.mkdir()
    write_boxes(folder / "a.json", np.array(BOXES[0]).tolist(), (SIDE, SIDE + 2))
    planes = read_planes(folder / "a.json", 3)
    assert planes.shape == (3, SIDE, SIDE + 2) and not planes[2].any()
    assert (planes[0, 3:9, 2:7] == 1).all() and planes[0].sum() == 30
    assert len(read_planes(folder / "a.json", 1)) == 1
    target = boxes_target([str(tmp_path)], 3)
    assert np.array_equal(target.read("boxes", Photo("a", "a.jpg", ()), planes.shape[1:]), planes)
    with pytest.raises(UserError, match="no boxes of photo b"):
        target.load(Photo("b", "b.jpg", ()))
    (folder / "a.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        read_planes(folder / "a.json", 3)
    with pytest.raises(UserError, match="keep_boxes: true"):
        boxes_target([str(folder)], 3)


def test_a_network_adds_it_to_the_loss_on_labels():
    torch.manual_seed(0)
    settings = SegmenterSettings(
        backbone="tf_efficientnet_lite0", weights="none", crop=64, multi_point=0.5
    )
    task = DeepLab(settings, 3)
    task.network.eval()
    planes = torch.zeros(2, 3, 64, 64, dtype=torch.uint8)
    planes[0, 0, 10:50, 20:40] = 2
    labels = torch.zeros(2, 64, 64, dtype=torch.long)
    batch = {"image": torch.rand(2, 3, 64, 64), "labels": labels, "boxes": planes}
    loss, parts = task.loss(batch)
    assert set(parts) == {"labels", "multi_point"}
    assert float(loss.detach()) == pytest.approx(sum(parts.values()), rel=1e-5)
    logits = torch.nn.functional.interpolate(
        task.network(batch["image"]), (64, 64), mode="bilinear", align_corners=False
    )
    expected = 0.5 * float(multi_point_loss(logits, planes).detach())
    assert parts["multi_point"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("labels", "more", "way_out"),
    [
        ("boxes", "", "set labels.boxes.keep_boxes to true"),
        ("truth", "", "set segmenter.multi_point to 0"),
        ("boxes", "  labels: {boxes: {keep_boxes: true}}\n", None),
    ],
)
def test_a_recipe_without_boxes_is_refused_before_any_job(tmp_path, labels, more, way_out):
    (tmp_path / "r.yaml").write_text(
        f"about: boxes\nchain:\n  labels: {labels}\n  segmenter: deeplab\nsettings:\n{more}"
        "  segmenter: {multi_point: 0.1}\n"
    )
    settings = StepSettings(config_model()().model_dump(), {})
    if way_out is None:
        chain = resolve(read_recipe(tmp_path / "r.yaml"), settings, "base", "train")
        assert chain.step("segmenter").settings["multi_point"] == 0.1
        return
    with pytest.raises(UserError, match=way_out):
        resolve(read_recipe(tmp_path / "r.yaml"), settings, "base", "train")
