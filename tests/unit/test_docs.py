"""What the pages of docs/ show of recipes is what the program does."""

import re

import pytest
import yaml

from tests.conftest import PROJECT
from wsss.plan.config import config_model
from wsss.plan.kinds import KINDS
from wsss.plan.recipes import read_recipe, recipe_files
from wsss.plan.resolving import resolve
from wsss.plan.step_settings import StepSettings

PAGE = (PROJECT / "docs" / "recipes.md").read_text()
SHOWN = PAGE.split("## Shapes that wait")[0]
RECIPES = re.findall(r"```yaml\n(about: .*?)```", SHOWN, re.S)


def make_row(kind):
    """The row of a kind in the table of kinds."""
    brought = [companion.kind for companion in kind.companions]
    cells = [
        ", ".join(kind.methods),
        "; ".join(map(describe_inputs(kind), kind.inputs)),
        ", ".join(kind.made),
        ", ".join(brought),
    ]
    return f"| `{kind.name}` | {kind.about} | {' | '.join(cells)} |"


def describe_inputs(kind):
    """From an input of a kind to what the table says of it."""

    def describe(name):
        taken = kind.inputs[name]
        signs = "*" * taken.by_method + ("+" if taken.named else "?" * taken.optional)
        others = [
            f" (by {method}: {' or '.join(entry.takes[name])})"
            for method, entry in kind.methods.items()
            if name in entry.takes
        ]
        return f"{name}{signs}: {' or '.join(taken.types)}{''.join(others)}"

    return describe


@pytest.mark.parametrize("kind", KINDS)
def test_page_has_the_row_of_every_kind(kind):
    assert make_row(KINDS[kind]) in PAGE.splitlines(), "docs/recipes.md lacks this row"


def test_page_has_no_rows_of_unknown_kinds():
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.split("## The kinds of steps")[1], re.M)
    assert rows == list(KINDS)


@pytest.mark.parametrize("text", RECIPES, ids=lambda text: text.splitlines()[0])
def test_recipes_of_the_page_can_be_run(text, tmp_path):
    for name, path in recipe_files(PROJECT / "recipes").items():
        (tmp_path / f"{name}.yaml").write_text(path.read_text())
    (tmp_path / "shown.yaml").write_text(text)
    settings = StepSettings(config_model()().model_dump(), {})
    chain = resolve(read_recipe(tmp_path / "shown.yaml"), settings, "base", "train")
    shown = yaml.safe_load(text)["chain"]
    kept = {name for name in shown if shown[name] is not None}  # null leaves a companion out
    assert kept - {"rounds"} <= set(chain.names)
    assert chain.last("predictions") is not None


def test_the_library_example_of_the_readme_runs(capsys):
    (code,) = re.findall(r"^```python\n(.*?)^```", (PROJECT / "README.md").read_text(), re.M | re.S)
    exec(code, {})
    assert 50 < float(capsys.readouterr().out) <= 100
