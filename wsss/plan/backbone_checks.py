"""Refuses a backbone that does not exist, before anything runs. Else a training would fail, perhaps
after hours of other steps.

No network is built: planning imports no torch. The names are read in the source of timm.
"""

import importlib.util
import re
from functools import cache
from pathlib import Path

from wsss.run.errors import UserError, nearest

OWN = re.compile(r"resnet38|vgg(11|13|16|19)(_bn)?(_fc67)?")
"""matches the networks of this program (wsss/nets/bodies.py)"""
REGISTERED = re.compile(r"^@register_model\ndef (\w+)\(", re.MULTILINE)
"""a network in timm's source"""
ELSEWHERE = re.compile("[:/]")
"""is in the name of a network that timm takes from elsewhere, such as hf-hub:timm/resnet50"""


def check_backbone(step: str, name: str) -> None:
    """UserError where neither this program nor timm has the backbone `name` of a step."""
    architecture = name.partition(".")[0]  # after the point: timm's tag of the weights
    if OWN.fullmatch(architecture) or ELSEWHERE.search(name):
        return
    names = _names_in_timm()
    if not names or architecture in names:
        return
    if f"'{architecture}'" not in _read_timm():  # there it is an old name, which timm replaced
        raise UserError(
            f"step '{step}': backbone '{name}' does not exist{nearest(architecture, names)}; "
            "docs/backbones.md lists those that work"
        )


@cache
def _names_in_timm() -> frozenset[str]:
    return frozenset(REGISTERED.findall(_read_timm()))


@cache
def _read_timm() -> str:
    """The source of timm's networks; "" where timm is not installed as files."""
    spec = importlib.util.find_spec("timm")
    if spec is None or spec.origin is None:
        return ""
    files = sorted((Path(spec.origin).parent / "models").rglob("*.py"))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)
