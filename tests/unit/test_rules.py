"""What the rules of the Snakefile declare, as Snakemake reads it."""

import pytest

from tests.conftest import PROJECT, read_rules
from wsss.plan.kinds import KINDS


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    """The rules that run a command."""
    found = read_rules(tmp_path_factory.mktemp("rules"))
    return [rule for rule in found.values() if rule["shell"]]


def test_every_kind_of_step_has_a_rule(rules):
    assert {kind.rule for kind in KINDS.values()} <= {rule["name"] for rule in rules}


def test_every_rule_has_a_log_and_an_environment(rules):
    for rule in rules:
        assert rule["log"], rule["name"]
        assert (PROJECT / "rules" / rule["conda"]).is_file(), rule["name"]


def test_only_rules_that_make_no_artifact_ask_for_no_memory_and_time(rules):
    modest = set()
    for rule in rules:
        if not {"mem_mb", "runtime"} <= set(rule["resources"]):
            modest.add(rule["name"])
    assert modest == {"verify", "clean", "clean_unused", "show_recipe"}
