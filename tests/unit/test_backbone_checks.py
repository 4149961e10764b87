"""Backbones are refused while jobs are planned, by the names that networks can be built of."""

import pytest
import timm

from tests.unit.test_plan import make_plan
from wsss.nets import bodies
from wsss.plan.backbone_checks import check_backbone
from wsss.run.errors import UserError


def test_all_networks_of_this_program_and_of_timm_pass():
    for name in [*bodies.OWN, *timm.list_models(), *timm.list_pretrained()]:
        check_backbone("segmenter", name)


@pytest.mark.parametrize("name", ["vit_large_patch14_224_clip_laion2b", "hf-hub:timm/resnet50"])
def test_old_names_and_networks_from_elsewhere_pass(name):
    check_backbone("segmenter", name)


@pytest.mark.parametrize(("name", "near"), [("resnet_18", "resnet18"), ("vgg17", "vgg1")])
def test_backbone_that_nobody_has_is_refused_with_the_nearest_name(name, near):
    told = rf"'segmenter': backbone '{name}' does not exist \(did you mean '{near}"
    with pytest.raises(UserError, match=told):
        check_backbone("segmenter", name)


def test_backbone_of_a_step_is_refused_when_its_recipe_is_planned():
    plan = make_plan(segmenter={"backbone": "resnet_18"})
    with pytest.raises(UserError, match=r"step 'segmenter': backbone 'resnet_18' does not exist"):
        plan.chain("cam")
