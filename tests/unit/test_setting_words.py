"""The words of `--help` on settings."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from wsss.run.setting_words import describe_setting, name_type
from wsss.run.settings import Settings

Positive = Annotated[int, Field(gt=0)]


class Inner(Settings):
    """Settings inside of settings."""

    weight: float = Field(0.5, description="the weight")


class Outer(Settings):
    """Settings of several types."""

    steps: Positive | None = Field(None, description="steps")
    sizes: tuple[Positive, Positive] = Field((8, 16), description="sizes")
    inner: Inner = Field(Inner(), description="more")
    fresh: Inner = Field(default_factory=Inner, description="more")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (bool, "true or false"),
        (Positive, "a whole number"),
        (float | None, "a number or null"),
        (Literal["sgd", "adamw"], "sgd or adamw"),
        (Literal[8, 16, 32], "8, 16 or 32"),
        (tuple[str, ...], "a list"),
        (dict[str, float], "a mapping"),
        (Inner, "a mapping"),
    ],
)
def test_types_are_named_in_plain_words(given, words):
    assert name_type(given) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("steps", "steps (a whole number or null, default null)"),
        ("sizes", "sizes (a list, default [8, 16])"),
        ("inner", 'more (a mapping, default {"weight": 0.5})'),
        ("fresh", 'more (a mapping, default {"weight": 0.5})'),
    ],
)
def test_setting_is_described_with_its_default_as_yaml(name, words):
    assert describe_setting(Outer.model_fields[name]) == words
