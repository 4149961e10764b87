"""What the rules of the Snakefile declare, as Snakemake reads it."""

import re

import pytest

from tests.conftest import PROJECT, read_rules
from wsss.plan.kinds import KINDS

QUOTED = re.compile(r"\{(params\.arguments|params\.launch|params\.how|[\w.]+:q)\}")
"""what may stand in a shell command: quoted paths, or words that are quoted where they are made"""


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


def test_every_rule_quotes_what_it_names(rules):
    for rule in rules:
        assert "{" not in QUOTED.sub("", rule["shell"]), f"{rule['name']}: {rule['shell']}"
