"""Adds the toy methods of the folder toys/, with their kinds of steps, to a copy of the project."""

import os
import shutil
import subprocess
import sys

from tests.conftest import PROJECT

TOYS = PROJECT / "tests/dag/toys"
NET = "batch: 4, crop: 64, long_side: [64, 96], backbone: tf_efficientnet_lite0"
SMALL = [f"tasks={{epochs: 2, {NET}}}", f"online={{epochs: 1, {NET}}}", "checkpoint_steps=1"]
"""settings with which the toy networks train in seconds"""


def add_toys(project):
    """Add the toy methods, scripts, kinds, recipes and experiment to a copy of the project."""
    shutil.copytree(TOYS / "toys", project / "wsss/toys")
    for name in ("stages", "recipes", "experiments"):
        taken = {path.name for path in (TOYS / name).iterdir()} & set(os.listdir(project / name))
        assert not taken, f"{name} of the toys and of the project: {taken}"
        shutil.copytree(TOYS / name, project / name, dirs_exist_ok=True)
    with (project / "wsss/segment/registry.py").open("a") as registry:
        registry.write((TOYS / "segment_registry.txt").read_text())
    path = project / "wsss/plan/kinds.py"
    text = path.read_text()
    path.write_text(text.replace("KINDS = {", (TOYS / "kinds.txt").read_text() + "KINDS = {", 1))
    made = subprocess.run(
        [sys.executable, "-m", "wsss.plan.config"], cwd=project, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
