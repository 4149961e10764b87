"""Every command of README.md, CONTRIBUTING.md and docs/ is tried, or a line under it says why not.

A command is a line of a block without a language, or a short piece of text in backticks. Under a
block that cannot be tried stands `(Not run by a test: WHY.)`.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.coco_folder import write_coco_folder
from tests.conftest import PROJECT
from tests.dag.runs import copy_project
from tests.dag.test_worked_example import read_blocks

RUN_ELSEWHERE = {"tutorial.md": "tests/chains/test_tutorial.py"}
"""page -> the test that runs all of its commands"""
PAGES = [
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
    *(page for page in sorted(PROJECT.glob("docs/*.md")) if page.name not in RUN_ELSEWHERE),
]
TRIED = ("snakemake", "python", "make", "export")
"""programs that try_commands.py knows"""
OTHERS = (
    "mkdir",
    "pip",
    "pytest",
    "git",
    "squeue",
    "sbatch",
    "mv",
    "cp",
    "rm",
    "conda",
    "curl",
    "bash",
)
PROGRAM = re.compile(rf"(?:\w+=\S+ )*({'|'.join(TRIED + OTHERS)}) ")
BLOCK = re.compile(r"^```\n((?:(?!```).*\n)*)```$|((?:^ {4}.*\n)(?:(?: {4}.*)?\n)*)", re.M)
FENCED = re.compile(r"^```\w+\n.*?^```$", re.M | re.S)
SPAN = re.compile(r"`([^`\n]+)`")
MARK = re.compile(r"\s*\(Not run by a test: \w[^)]*\.")
MANY_VALUES = ("--config", "--configfile", "--configfiles", "-C")
"""options of Snakemake that take all words after them"""
TESTED_ELSEWHERE = {"pip install .": "tests/stage/test_wheel.py"}
FOLDER_OF_SUPERPIXELS = re.compile(r"work/\S+/superpixels/slic-\w+")


def commands_in(text):
    """The commands of a page with whether they are marked, in their order, each once."""
    text = FENCED.sub("", text)
    found = {}
    for block in BLOCK.finditer(text):
        marked = bool(MARK.match(text, block.end()))
        for line in lines_of(block[1] or block[2]):
            found[line] = marked
    for span in SPAN.findall(BLOCK.sub("", text)):
        found.setdefault(span, False)
    return {line: marked for line, marked in found.items() if PROGRAM.match(f"{line} ")}


def lines_of(block):
    """The lines of a block: those that end in a backslash joined, comments taken away."""
    joined = re.sub(r"\\\n\s*", "", block)
    return [re.sub(r"\s{2,}#.*", "", line).strip() for line in joined.splitlines()]


def all_commands():
    found = {}
    for page in PAGES:
        for line, marked in commands_in(page.read_text()).items():
            found[line] = found.get(line, True) and marked
    return found


COMMANDS = all_commands()
TO_TRY = [line for line, marked in COMMANDS.items() if not marked and line not in TESTED_ELSEWHERE]


def words_of(line):
    """A command as try_commands.py takes it."""
    if line.startswith("export "):
        return ["export", line]
    return shlex.split(line)


@pytest.fixture(scope="module")
def project(tmp_path_factory, mini_root):
    """A copy of the project beside which lie the files that the pages take for granted."""
    folder = copy_project(tmp_path_factory.mktemp("documented"))
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(PROJECT / name, folder / name)
    shutil.copytree(PROJECT / "docs", folder / "docs")
    shutil.copytree(mini_root, folder / "VOC2012")
    shutil.copytree(mini_root, folder / "VOCdevkit" / "VOC2012")
    write_coco_folder(folder / "COCO")
    (folder / "mine.yaml").write_text("walk: {beta: 6}\n")
    write_photos(folder, mini_root)
    add_blur(folder)
    return folder


def add_blur(folder: Path) -> None:
    """The method of docs/adding-a-method.md, whose commands ask for it."""
    files = read_blocks()
    registry = folder / "wsss/cams/registry.py"
    line = files.pop("wsss/cams/registry.py")
    registry.write_text(registry.read_text().replace("REFINERS = {\n", f"REFINERS = {{\n{line}", 1))
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def write_photos(folder: Path, mini_root: Path) -> None:
    """Photos of one's own with tags, and photos with saliency masks."""
    images = sorted((mini_root / "JPEGImages").glob("*.jpg"))
    for name in ("photos", "ECSSD/images", "ECSSD/masks"):
        (folder / name).mkdir(parents=True)
    rows = ["image,labels"]
    for place, image in enumerate(images):
        shutil.copy(image, folder / "photos" / image.name)
        rows.append(f"{image.name},{('cat', 'dog')[place % 2]}")
        shutil.copy(image, folder / "ECSSD/images" / image.name)
        Image.new("L", Image.open(image).size).save(folder / f"ECSSD/masks/{image.stem}.png")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    (folder / "photos_fixes.csv").write_text(f"image,labels,wrong\n{images[0].name},dog,x\n")


@pytest.fixture(scope="module")
def answers(project):
    """Command -> exit code and output. Dry runs of equal options are one run, if that works."""
    alone, together = [], {}
    for line in TO_TRY:
        options, dashes, targets = line.partition(" -- ")
        if "FOLDER" in line:
            continue
        if dashes and "show_recipe" not in line:
            options = re.sub(r" -n| --cores \d+", "", options)
            together.setdefault(options, {})[line] = targets
        else:
            alone.append(line)
    joined = {f"{options} -- {' '.join(of.values())}": of for options, of in together.items()}
    answers = try_all(project, [*alone, *joined])
    for command, of in joined.items():
        answer = answers[command]
        answers |= dict.fromkeys(of, answer) if answer[0] == 0 else try_all(project, of)
    return {**answers, **try_superpixels(project, answers)}


def try_superpixels(project, answers):
    """The command that names the folder which another one shows."""
    shown = answers["snakemake --config recipe=superpixels -- show_recipe"][1]
    folder = FOLDER_OF_SUPERPIXELS.search(shown)[0]
    (line,) = [line for line in TO_TRY if "FOLDER" in line]
    (answer,) = try_all(project, [line.replace("FOLDER", folder)]).values()
    return {line: answer}


def try_all(project, lines):
    """Command -> exit code and output, each by itself."""
    lines = list(lines)
    done = subprocess.run(
        [sys.executable, str(PROJECT / "tests/stage/try_commands.py")],
        input=json.dumps([words_of(line) for line in lines]),
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(zip(lines, json.loads(done.stdout)))


@pytest.mark.parametrize("line", TO_TRY)
def test_a_documented_command_works(answers, line):
    code, output = answers[line]
    assert code == 0, output[-2000:]


def test_commands_that_cannot_be_tried_are_marked():
    unknown = [line for line in TO_TRY if PROGRAM.match(f"{line} ")[1] not in TRIED]
    assert not unknown, "try these in try_commands.py, or write why not under the block"
    with_variables = [line for line in TO_TRY if re.match(r"\w+=", line)]
    assert not with_variables


def test_commands_are_found_in_blocks_and_in_text():
    page = (
        "Type `make help`, or\n\n    snakemake -n -- a \\\n        b    # why\n    out: 1\n\n"
        "    squeue -o x\n\n(Not run by a test: needs a cluster.)\n\n"
        "```\npython stages/x.py\n```\n\n```yaml\nmake: no\n```\nno `making of` it.\n"
    )
    assert commands_in(page) == {
        "snakemake -n -- a b": True,
        "squeue -o x": True,
        "python stages/x.py": False,
        "make help": False,
    }


def lacks_dashes(line):
    """Whether a command of Snakemake has an option that takes several values and no `--` after it,
    so that a target which a reader adds would be taken for a value.
    """
    words = shlex.split(line) if line.startswith("snakemake ") else []
    options = [place for place, word in enumerate(words) if word in MANY_VALUES]
    return bool(options) and "--" not in words[max(options) :]


def test_commands_end_their_options_before_targets():
    """Where `--` is missing Snakemake stops before it reads the Snakefile, with an error of its own
    that no setting of ours can replace.
    """
    pages = [*PAGES, *(PROJECT / "docs" / name for name in RUN_ELSEWHERE)]
    commands = [line for page in pages for line in commands_in(page.read_text())]
    assert [line for line in commands if lacks_dashes(line)] == []
    assert lacks_dashes("snakemake --config 'walk={beta: 6}' results/a.txt")
    assert lacks_dashes("snakemake -n clean --config recipe=seam")
    assert not lacks_dashes("snakemake --configfile a.yaml --config a=b -- results/a.txt")
    assert not lacks_dashes("snakemake --cores 2")


def test_there_are_as_many_commands_as_a_reader_sees():
    assert len(TO_TRY) > 40
    assert set(TESTED_ELSEWHERE) <= set(COMMANDS)
    tests = [*TESTED_ELSEWHERE.values(), *RUN_ELSEWHERE.values()]
    assert all((PROJECT / test).exists() for test in tests)


def test_a_wrong_command_is_noticed(project):
    wrong = ["snakemake -- results/nothing.txt", "python stages/explain.py A B --no-such-option"]
    wrong += ["make nothing", "snakemake --config walk=3 -- results/voc_val_miou.txt"]
    assert [code != 0 for code, _ in try_all(project, wrong).values()] == [True] * len(wrong)


def test_recipes_are_shown_as_the_page_says(answers):
    """But for digests of settings, which every new setting changes."""
    page = (PROJECT / "docs/recipes.md").read_text()
    (shown,) = re.findall(r"It prints:\n\n((?: {4}.*\n)+)", page)
    lines = [without_digest(line) for line in shown.splitlines() if line.strip() != "..."]
    output = answers["snakemake --quiet all --config recipe=psa -- show_recipe"][1]
    printed = [without_digest(line) for line in output.splitlines()]
    start = printed.index(lines[0])
    assert printed[start : start + len(lines)] == lines


def without_digest(line):
    """A line without the space around it and without the digest at its end."""
    return re.sub(r"-[0-9a-f]{12}$", "", line.strip())
