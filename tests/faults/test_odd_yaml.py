"""YAML of any origin takes little time and memory, and what is odd in it is said in one line."""

import string

import pytest

from tests.conftest import PROJECT
from wsss.plan.given import read_as_yaml
from wsss.plan.prediction import _read_word
from wsss.plan.recipes import read_recipe
from wsss.run.command_line import CommandLine
from wsss.run.errors import UserError
from wsss.run.settings import Settings, shown, validate
from wsss.run.yaml_files import DEEPEST, MOST, parse_yaml


def bomb(first: str, of: str) -> str:
    """Ten lines, each with nine aliases of the one before: 9^9 values, written out."""
    lines = [f"a: &a {first}"]
    for before, name in zip(string.ascii_letters, string.ascii_letters[1:10]):
        lines.append(f"{name}: &{name} " + of.format(", ".join([f"*{before}"] * 9)))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (bomb("[x]", "[{}]"), f"more than {MOST} values"),
        (bomb("{k: 1}", "{{<<: [{}]}}"), f"more than {MOST} values"),
        ("a: &a [*a]\n", "inside of what it stands for"),
        ("a: &a {b: {c: *a}}\n", "inside of what it stands for"),
        ("a: " + "[" * 100_000, f"deeper than {DEEPEST} levels"),
        ("- " * 1500 + "a", "nests too deep"),
        ("a: " + "9" * 5000, "4300 digits"),
        ("a: 2001-99-99", "month must be"),
        ("a: 2001-12-14T21:59:43.10-99:99", "offset"),
        ("a: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
        ("a: 1\nb: 2\na: 3\n", "the key 'a' stands twice"),
        ("a: 1\n---\nb: 2\n", "single document"),
        ("? [a, b]\n: 1\n", "unhashable"),
    ],
)
def test_odd_yaml_is_refused_in_one_line(text, why, tmp_path):
    with pytest.raises(ValueError, match=why.replace("(", "\\(")) as error:
        parse_yaml(text)
    assert "\n" not in str(error.value)
    path = tmp_path / "r.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=r"recipe .*r\.yaml cannot be read"):
        read_recipe(path)


def test_typed_words_that_are_odd_yaml_stay_text_or_are_refused():
    for text in ("9" * 5000, "2001-99-99", "[" * 1000, "a: &a [*a]"):
        assert read_as_yaml(text) == text
        with pytest.raises(UserError, match="no YAML"):
            _read_word(f"key={text}")


def test_option_that_is_no_yaml_is_refused():
    class Model(Settings):
        rate: float = 1.0

    line = CommandLine("s.py", "", None, Model)
    with pytest.raises(UserError, match=r"setting 'rate' is '2001-99-99', which is no YAML"):
        line.parse(["--rate", "2001-99-99"])


def test_aliases_and_merge_keys_of_ordinary_size_are_read():
    text = "a: &a {x: 1, y: [1, 2]}\nb: {<<: *a, x: 2}\nc: [*a, *a]\n"
    first = {"x": 1, "y": [1, 2]}
    assert parse_yaml(text) == {"a": first, "b": {**first, "x": 2}, "c": [first, first]}
    assert parse_yaml("") is None


def test_values_of_any_size_are_shown_in_short():
    """Snakemake reads files of settings itself, so a bomb may get as far as a message."""

    class Model(Settings):
        rate: float = 1.0

    value = ["x"]
    for _ in range(40):
        value = [value] * 9
    with pytest.raises(UserError, match="setting 'rate' is") as error:
        validate(Model, {"rate": value})
    assert len(str(error.value)) < 500
    assert shown(10**5000) == "a number of thousands of digits"
    assert shown({"a": [1, "b"]}) == "{'a': [1, 'b']}"


def test_yaml_is_read_by_one_function():
    for folder in ("wsss", "stages"):
        for path in (PROJECT / folder).rglob("*.py"):
            assert path.name == "yaml_files.py" or "safe_load" not in path.read_text(), path
