"""A target that no rule makes is refused in one line that names the way out."""

import os
import re
import sys

import pytest

from tests.unit.test_plan import make_plan
from wsss.plan.target_checks import check_targets, check_typed_targets
from wsss.run.errors import UserError


class Rule:
    """What is read of a rule of Snakemake's."""

    def __init__(self, name, output=()):
        self.name, self.output = name, output

    def is_producer(self, path):
        """Whether a pattern of the outputs matches; a recipe is one of two."""
        known = {"recipe": "seam|sec", "dataset": "mini", "split": "train|val", "k": r"\d+"}
        patterns = [re.sub(r"\{(\w+)\}", lambda w: f"(?:{known[w[1]]})", o) for o in self.output]
        return any(re.fullmatch(pattern, path) for pattern in patterns)


RULES = [
    Rule("all"),
    Rule("result", ["results/{recipe}/{dataset}_{split}_miou.txt"]),
    Rule("configured_result", ["results/{dataset}_{split}_miou.txt"]),
    Rule("claims_walk", ["results/claims/mini_walk.md"]),
    Rule("write_labels", ["work/{k}.h5"]),
]


@pytest.mark.parametrize(
    "target",
    [
        "all",
        "write_labels",
        "claims_walk",
        "results/mini_val_miou.txt",
        "./results/seam/mini_train_miou.txt",
        "work/3.h5",
    ],
)
def test_rules_and_their_files_pass(target):
    check_targets(make_plan(), RULES, [target])


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("claims_wlak", r"'claims_wlak' \(did you mean 'claims_walk'\?\)"),
        ("results/mini_vall_miou.txt", r"did you mean 'results/mini_val_miou.txt'"),
        ("results/saem/mini_val_miou.txt", r"did you mean 'results/seam/mini_val_miou.txt'"),
        ("results/voc_val_miou.txt", r"the dataset 'voc', but the configured one is 'mini'; add"),
        ("results/seam/pets_val_miou.txt", r"--config dataset=pets, or the --configfile"),
        ("mini_val_miou.txt", r"did you mean 'results/seam/mini_val_miou.txt'"),
        ("README.md", r"'README.md'; docs/usage.md shows the targets"),
        ("config.yaml", r"it is a file of settings; type --configfile config.yaml before the --"),
        ("", r"no rule makes the target ''"),
        ("/", r"no rule makes the target '/'"),
        ("dataset=pets", r"it is a setting; type --config 'dataset=pets' before the -- of"),
        ("seam", r"it is a recipe; a target of it is results/seam/mini_val_miou.txt"),
        ("results/seam/", r"it is a recipe; a target of it is results/seam/mini_val_miou.txt"),
        ("results/MINI_val_miou.txt", r"the dataset is called 'mini'"),
    ],
)
def test_other_targets_are_refused_with_the_way_out(target, message):
    with pytest.raises(UserError, match=message):
        check_targets(make_plan(recipe="seam"), RULES, ["all", target])


def test_of_equally_near_targets_the_configured_recipe_wins():
    plan = make_plan(recipe="seam")
    with pytest.raises(UserError, match=r"did you mean 'results/seam/mini_train_miou.txt'"):
        check_targets(plan, RULES[:2], ["results/mini_train_miou.txt"])


@pytest.mark.parametrize("name", ["xyzzyq", "42"])
def test_recipe_that_does_not_exist_and_is_near_to_none_is_named(name):
    with pytest.raises(UserError, match=f"there is no recipe '{name}'; the files in recipes/ are"):
        check_targets(make_plan(recipe="seam"), RULES, [f"results/{name}/mini_val_miou.txt"])


def test_settings_of_the_other_dataset_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("dataset: [")
    (tmp_path / "mypets.yaml").write_text("dataset: pets\n")
    with pytest.raises(UserError, match=r"add --configfile mypets\.yaml"):
        check_targets(make_plan(), RULES, ["results/seam/pets_val_miou.txt"])


def test_typed_command_is_read_as_snakemake_reads_it(capsys, monkeypatch):
    monkeypatch.setattr(os, "_exit", sys.exit)
    command = ["/bin/snakemake", "-n", "--config", "dataset=mini", "--", "all", "claims_wlak"]
    with pytest.raises(SystemExit) as ended:
        check_typed_targets(make_plan(), RULES, command)
    assert ended.value.code == 1 and "'claims_walk'" in capsys.readouterr().err
    check_typed_targets(make_plan(), RULES, command[:-1])
    check_typed_targets(make_plan(), RULES, ["/bin/my_program", "claims_wlak"])
