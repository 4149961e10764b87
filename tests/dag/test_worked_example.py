"""The worked example of docs/adding-a-method.md, added as it stands there: it runs, and nothing
else runs again.
"""

import re
import subprocess
import sys

import pytest

from tests.conftest import PROJECT
from tests.dag.runs import make, plan_jobs

REGISTRY = "wsss/cams/registry.py"


def read_blocks():
    """File -> the block of code that the page gives for it."""
    page = (PROJECT / "docs/adding-a-method.md").read_text()
    found = re.findall(
        r"^\*\*\d\..*?`((?:wsss|recipes|tests)/[\w/.]+\.\w+)`.*?^```\w+\n(.*?)^```",
        page,
        re.M | re.S,
    )
    return dict(found)


def run_python(project, *arguments):
    """Run Python in a project; gives the finished process."""
    return subprocess.run([sys.executable, *arguments], cwd=project, capture_output=True, text=True)


@pytest.fixture
def extended_project(project):
    """The finished run with the method of the page added to its code."""
    code = read_blocks()
    assert len(code) == 5
    line = code.pop(REGISTRY)
    registry = project / REGISTRY
    text = re.sub(r"(REFINERS = \{\n)", lambda found: found[1] + line, registry.read_text())
    registry.write_text(text)
    for path, block in code.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(block)
    return project


def test_added_method_runs_and_reruns_nothing_else(extended_project):
    settings = run_python(extended_project, "-m", "wsss.plan.config")
    assert settings.returncode == 0, settings.stderr
    assert "  blur:\n" in (extended_project / "config.yaml").read_text()
    assert plan_jobs(extended_project) == {}
    make(extended_project, "results/blur/mini_labels.txt")
    assert "refine" in (extended_project / "results/blur/mini_labels.txt").read_text()


def test_test_of_the_added_method_passes(extended_project):
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", "."]
    run = run_python(extended_project, "-m", "pytest", *options, "tests/unit/test_refine_blur.py")
    assert run.returncode == 0, run.stdout
