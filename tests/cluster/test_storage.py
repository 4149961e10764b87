"""The tiny chain with its artifacts in storage of Snakemake's (`fs`, which copies by rsync): the
same result.
"""

import shutil
import subprocess

import pytest

from tests.cluster.slurm import installed
from tests.cluster.test_slurm import SETTINGS, SNAKEMAKE, run_locally
from tests.dag.runs import copy_project

pytestmark = pytest.mark.cluster
TARGET = "results/cam/mini_labels.txt"


def test_result_from_storage_equals_one_from_disk(tmp_path):
    if not installed("rsync"):
        pytest.skip("no rsync, and no right to install it")
    project, store = copy_project(tmp_path / "project"), tmp_path / "store"
    stored = ["--default-storage-provider", "fs", "--default-storage-prefix", str(store)]
    run = subprocess.run(
        [SNAKEMAKE, "--cores", "2", *stored, *SETTINGS, "--", TARGET],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    result = (store / TARGET.replace(".txt", ".json")).read_bytes()
    assert (
        not list(project.glob("work/**/maps/**/*.h5"))
        and len(list(store.glob("work/**/maps/**/*.h5"))) == 2
    )
    shutil.rmtree(store)
    assert result == run_locally(project, TARGET)
