"""The loss of docs/adding-a-method.md, as it stands there."""

import re
import sys
import types
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from tests.conftest import PROJECT
from wsss.plan.config import own_fields
from wsss.plan.kinds import KINDS
from wsss.run.methods import Method
from wsss.segment.registry import SEGMENTERS


@pytest.fixture
def page(monkeypatch):
    """The page, with its two modules as if they were in their places."""
    text = (PROJECT / "docs/adding-a-method.md").read_text().partition("## A loss")[2]
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    for name, block in zip(("focal_settings", "focal"), blocks):
        module = types.ModuleType(f"wsss.segment.{name}")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(compile(block, name, "exec"), module.__dict__)
    return SimpleNamespace(blocks=blocks, **sys.modules["wsss.segment.focal"].__dict__)


def test_loss_is_the_cross_entropy_at_gamma_0_and_less_above(page):
    logits, labels = torch.randn(2, 3, 4, 5), torch.randint(0, 3, (2, 4, 5))
    labels[0, 0] = 255
    plain = F.cross_entropy(logits, labels, ignore_index=255)
    assert torch.isclose(page.focal_loss(logits, labels, 0.0), plain)
    assert page.focal_loss(logits, labels, 2.0) < plain
    assert page.focal_loss(logits, torch.full_like(labels, 255), 2.0) == 0


def test_task_gives_the_loss_at_the_size_of_the_labels(page):
    task, logits = object.__new__(page.Focal), torch.randn(2, 3, 4, 5)
    task.network, task.gamma = SimpleNamespace(maps=lambda _: SimpleNamespace(logits=logits)), 1.0
    batch = {"image": None, "labels": torch.randint(0, 3, (2, 8, 10))}
    loss, parts = task.loss(batch)
    larger = F.interpolate(logits, (8, 10), mode="bilinear", align_corners=False)
    assert torch.isclose(loss, page.focal_loss(larger, batch["labels"], 1.0)) and parts == {}


def test_settings_have_the_layout_that_the_page_shows(page):
    assert list(own_fields(KINDS["segmenter"], page.FocalSettings)) == ["gamma"]
    entry = eval(f"{{{page.blocks[2]}}}", {"Method": Method})["focal"]
    assert entry.reads == SEGMENTERS["deeplab"].reads
    settings = entry.settings.partition(":")[2]
    assert settings == "FocalSettings" and entry.code == "wsss.segment.focal:Focal"
