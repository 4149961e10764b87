"""The worked example of docs/adding-a-method.md, added as it stands there: it runs, and nothing
else runs again.
"""

import re
import subprocess
import sys

from tests.conftest import PROJECT
from tests.dag.conftest import snakemake
from tests.dag.test_tiny import planned


def blocks():
    """File -> the block of code that the page gives for it."""
    page = (PROJECT / "docs/adding-a-method.md").read_text()
    found = re.findall(
        r"^\*\*\d\..*?`((?:wsss|recipes|tests)/[\w/.]+\.\w+)`.*?^```\w+\n(.*?)^```",
        page,
        re.M | re.S,
    )
    return dict(found)


def test_the_worked_example_runs_and_reruns_nothing(done):
    code = blocks()
    assert len(code) == 5
    registry = done / "wsss/cams/registry.py"
    before = registry.read_text()
    line = code.pop("wsss/cams/registry.py")
    registry.write_text(re.sub(r"(REFINERS = \{\n)", lambda found: found[1] + line, before))
    for path, text in code.items():
        (done / path).parent.mkdir(parents=True, exist_ok=True)
        (done / path).write_text(text)
    try:
        settings = subprocess.run(
            [sys.executable, "-m", "wsss.plan.config"], cwd=done, capture_output=True, text=True
        )
        assert settings.returncode == 0 and "  blur:\n" in (done / "config.yaml").read_text(), (
            settings.stderr
        )
        assert planned(done) == {}
        run = snakemake(done, "--", "results/blur/mini_labels.txt")
        assert run.returncode == 0, run.stderr[-3000:]
        assert "refine" in (done / "results/blur/mini_labels.txt").read_text()
        tested = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "--rootdir",
                str(done),
                str(done / "tests/unit/test_refine_blur.py"),
            ],
            cwd=done,
            capture_output=True,
            text=True,
        )
        assert tested.returncode == 0, tested.stdout
    finally:
        registry.write_text(before)
        for path in code:
            (done / path).unlink()
        (done / "config.yaml").write_text((PROJECT / "config.yaml").read_text())
