"""Names of files and folders, however they are written, reach a stage as they are: no shell and no
wildcard of Snakemake reads anything in them.
"""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import DEFAULT, PROJECT
from tests.programs import program_folder
from wsss.plan.file_names import check_step, read_names
from wsss.plan.given import read_layers
from wsss.plan.plan import Plan
from wsss.plan.recipes import read_recipe
from wsss.plan.startup import check_project
from wsss.run.errors import UserError

HOSTILE = "ph $(touch PWNED) 'x\" {y} `touch PWNED` ;&|*"
"""a name of a folder that a shell and Snakemake would read much into"""
CLONE = "a b'c\"d$(touch PWNED)`touch PWNED`"
"""a name of the folder of a clone"""
NAMES = ["x$(touch PWNED)", "a b", "{y}", "-x", "a'b", 'a"b', "a;b", "a\nb", "a\x1b[2J", "*", "a/b"]
PARTS = ("Snakefile", "rules", "wsss", "stages", "recipes", "experiments", "envs", "presets")
TARGETS = (
    *("results/default/pets_val_miou.txt", "results/irn/pets_easy_miou.txt", "compare"),
    *("results/default/report.html", "results/default/pets_masks", "claims_seam"),
    *("results/default/pets_labels_coco", "results/irn/pets_instances.json", "show_recipe"),
    *("results/pets_val_miou.txt", "verify", "clean", "clean_unused"),
)


@pytest.mark.parametrize("folder", ["recipes", "experiments"])
@pytest.mark.parametrize("name", [name for name in NAMES if "/" not in name])
def test_file_with_a_hostile_name_is_refused(folder, name, tmp_path):
    for part in ("recipes", "experiments"):
        shutil.copytree(PROJECT / part, tmp_path / part)
    (tmp_path / folder / f"{name}.yaml").write_text("about: x\nchain: {classifier: cam}\n")
    with pytest.raises(UserError, match=r"a name has letters.*rename the file"):
        Plan({**DEFAULT, "dataset": "mini"}, root=tmp_path)


def test_preset_with_a_hostile_name_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("wsss.plan.given.PRESETS", tmp_path)
    (tmp_path / "x$(y).yaml").write_text("")
    (tmp_path / "own.txt").write_text("like: x$(y)")
    with pytest.raises(UserError, match="a name has letters"):
        read_layers(tmp_path / "own.txt")


def test_usual_names_are_read_and_hidden_files_are_not(tmp_path):
    for name in ("seam", "my-own_1.2+x", "Été", ".#seam"):
        (tmp_path / f"{name}.yaml").write_text("")
    assert set(read_names(tmp_path, "recipe")) == {"seam", "my-own_1.2+x", "Été"}


@pytest.mark.parametrize("name", NAMES)
def test_step_with_a_hostile_name_is_refused(name, tmp_path):
    step = {"kind": "classifier", "method": "cam"}
    (tmp_path / "r.yaml").write_text(yaml.safe_dump({"about": "x", "chain": {name: step}}))
    with pytest.raises(UserError, match=r"r\.yaml.* no usable name"):
        read_recipe(tmp_path / "r.yaml")
    check_step("round2.labels", "r.yaml")


@pytest.mark.parametrize("key", ["dataset", "lists"])
@pytest.mark.parametrize("name", NAMES)
def test_setting_with_a_hostile_name_is_refused(key, name):
    value = {name: "file.txt"} if key == "lists" else name
    with pytest.raises(UserError, match=key):
        Plan({**DEFAULT, "dataset": "mini", key: value})


def test_clone_in_a_folder_with_braces_is_refused_in_one_line():
    with pytest.raises(UserError, match="has braces in its path"):
        check_project(Path("/home/a{b}"))
    check_project(Path("/home") / CLONE)


@pytest.fixture(scope="module")
def commands(tmp_path_factory):
    """The shell commands of a dry run: of a clone, photos and a list with hostile names."""
    clone = tmp_path_factory.mktemp("hostile") / CLONE
    (clone / HOSTILE).mkdir(parents=True)
    for part in (*PARTS, "profiles", "config.yaml"):
        (clone / part).symlink_to(PROJECT / part)
    (clone / HOSTILE / "li$(x) {st}.txt").write_text("a\n")
    own = {"dataset": "pets", "data_root": HOSTILE, "lists": {"easy": "li$(x) {st}.txt"}}
    (clone / "own.yaml").write_text(yaml.safe_dump(own))
    words = [str(program_folder() / "snakemake"), "-n", "-p", "--cores", "1"]
    words += ["--configfile", "presets/tiny.yaml", "own.yaml", "--", *TARGETS]
    run = subprocess.run(words, cwd=clone, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    found = re.findall(r"Shell command: (.*?)(?=\n\n\[|\n\nJob stats)", run.stdout, re.DOTALL)
    return clone, found


def test_shells_read_every_command_as_it_was_written(commands, tmp_path):
    """Bash runs all commands, with `python` and others replaced by what writes down its words."""
    clone, found = commands
    assert len(found) > 50 and any("--data-root" in command for command in found)
    for name in ("python", "torchrun"):
        (tmp_path / name).write_text('#!/bin/bash\nprintf "%s\\0" "$0" "$@" > "$WORDS"\ncat\n')
        (tmp_path / name).chmod(0o755)
    (tmp_path / "run").mkdir()
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "LAUNCH": "python"}
    environment |= {"STAGES": str(clone / "stages"), "WORDS": str(tmp_path / "words")}
    script = []
    for command in found:
        for log in re.findall(r"logs/[\w./-]+", command):
            (tmp_path / "run" / log).parent.mkdir(parents=True, exist_ok=True)
        if command.startswith(("python", "$LAUNCH")):
            script.append((command, expected_words(command, clone)))
    for command, words in script[:: max(1, len(script) // 40)]:
        shell = ["bash", "-c", command]
        subprocess.run(shell, cwd=tmp_path / "run", env=environment, stdin=subprocess.DEVNULL)
        got = (tmp_path / "words").read_text().split("\0")[1:-1]
        assert got == words
    for place in (tmp_path, clone, clone / HOSTILE):
        assert not list(place.rglob("PWNED"))


def expected_words(command, clone):
    """The words of a command after the program, read by Python instead of a shell."""
    plain = re.sub(r" (> \S+ 2>&1|2>&1 \| tee \S+)$", "", command)
    words = shlex.split(plain.replace('"$STAGES"', shlex.quote(str(clone / "stages"))))
    return [word for word in words[1:] if word not in ("$SHARD", "$TRAIN")]


def test_folder_of_photos_is_one_word(commands):
    clone, found = commands
    index = next(command for command in found if "index_folder.py" in command)
    words = expected_words(index, clone)
    assert words[words.index("--data-root") + 1] == HOSTILE
    scored = next(command for command in found if "score_list.py" in command)
    assert f"{HOSTILE}/li$(x) {{st}}.txt" in expected_words(scored, clone)
