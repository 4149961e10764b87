"""The whole chain at the size tiny, made once for all tests of this folder: unbroken, and killed on
the way.

Tests only read `finished_run` and `unbroken_run`. A test that runs or changes anything takes
`project`, a copy of its own, so that no test can make another one fail.
"""

import pytest

from tests.dag.kills import VICTIMS, make_through_kills
from tests.dag.runs import TARGET, copy_project, copy_run, make


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory):
    """The chain, made although a stage, Snakemake and the whole group were killed once each."""
    return make_through_kills(copy_project(tmp_path_factory.mktemp("dag")), VICTIMS, seed=0)


@pytest.fixture(scope="session")
def unbroken_run(finished_run, tmp_path_factory):
    """The chain, made in one go, on one core and in one shard."""
    project = copy_project(tmp_path_factory.mktemp("unbroken"), finished_run)
    make(project, TARGET, config=["shards=1"], cores=1)
    return project


@pytest.fixture
def project(finished_run, tmp_path):
    """The test's own copy of the finished run."""
    return copy_run(finished_run, tmp_path / "project")
