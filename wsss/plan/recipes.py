"""Reads recipe files. A recipe is a published system as a list of steps:

    chain:
      classifier: cam                             NAME: METHOD; the name is the kind of the step
      second: {kind: classifier, method: seam}    the long form, for a name of one's own
      labels: {method: crf, inputs: {maps: it}}   reads the step `it`, not the nearest one with maps
      cams: null                                  leaves out a step of `like`, or a companion
      rounds: {times: 4, chain: {...}}            repeated steps (rounds.py)

A recipe with `like: OTHER` starts from the steps of that recipe and overrides them
(recipe_layers.py). Here steps become drafts, with companions (companions.py); resolving.py then
finds their inputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import Field

from wsss.plan.companions import Draft, add_companions, add_last_steps
from wsss.plan.file_names import read_names
from wsss.plan.recipe_layers import override_steps
from wsss.plan.rounds import ROUNDS, unroll
from wsss.plan.step_drafts import Raw, check_left_out, long_form, make_draft
from wsss.run.errors import UserError, nearest
from wsss.run.settings import Settings, merge, validate
from wsss.run.yaml_files import read_yaml


class RecipeFile(Settings):
    """A file in recipes/."""

    about: str
    """one line that says what the recipe is"""
    like: str | None = None
    """another recipe that this one starts from"""
    chain: dict[str, Any]
    """the steps in their order, NAME -> METHOD or the long form (LongStep)"""
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """settings that override the configuration's, by kind or name of a step"""


@dataclass(frozen=True)
class Recipe:
    """A recipe with its companions and with its rounds unrolled."""

    name: str
    about: str
    steps: tuple[Draft, ...]
    """in their order"""
    settings: Raw
    """settings that override the configuration's, by kind or name of a step"""


def read_recipe(path: Path, over: Mapping[str, Any] | None = None, where: str = "") -> Recipe:
    """The recipe in a file, its steps overridden by `over`. A UserError names the file, and `where`
    if `over` comes from another file.
    """
    name = f"{path.name}{where}"
    file = validate(RecipeFile, _raw_recipe(path, []), path.name)
    raw = override_steps(file.chain, over or {}, name)
    steps, dropped = _drafts(raw, name)
    _check_names(steps, name)
    return Recipe(path.stem, file.about, tuple(add_last_steps(steps, dropped)), file.settings)


def recipe_files(folder: Path) -> dict[str, Path]:
    """Name -> file, for all recipes in a folder; UserError for a bad name."""
    return dict(read_names(folder, "recipe"))


def _raw_recipe(path: Path, visited: list[str]) -> Raw:
    """The content of a recipe file, over that of the recipe under its `like`. `visited` is the
    names on the way here.
    """
    raw = read_yaml(path, "recipe")
    if not raw.get("like"):
        _check_left_out(_chain_of(raw), path.name)
        return raw
    base = _raw_recipe(_liked_file(path, str(raw["like"]), visited), [*visited, path.stem])
    settings = merge(base.get("settings") or {}, raw.get("settings") or {})
    steps = override_steps(_chain_of(base), _chain_of(raw), path.name)
    return {**base, **raw, "settings": settings, "chain": steps}


def _check_left_out(steps: Raw, recipe: str) -> None:
    """Refuse the steps of a file that it sets to null and nothing can add."""
    for name, value in steps.items():
        if value is None:
            check_left_out(name, steps, recipe)


def _chain_of(raw: Raw) -> Raw:
    """The steps in a file; {} for anything but a mapping, which is refused when it is validated."""
    chain = raw.get("chain") or {}
    return chain if isinstance(chain, dict) else {}


def _liked_file(path: Path, name: str, visited: list[str]) -> Path:
    """The file of the recipe that `path` names under `like`."""
    names = list(recipe_files(path.parent))
    if name not in names:
        raise UserError(
            f"recipe {path.name}: like '{name}', which does not exist{nearest(name, names)}; "
            f"there are: {', '.join(names)}"
        )
    if name in (*visited, path.stem):
        raise UserError(
            f"recipe {path.name}: like '{name}' leads back to itself; name another recipe, or take "
            "the line out"
        )
    return path.with_name(f"{name}.yaml")


def _drafts(raw: Mapping[str, Any], recipe: str) -> tuple[list[Draft], set[str]]:
    """The steps with companions, rounds unrolled, and the names that the recipe sets to null."""
    given = {name: value for name, value in raw.items() if value is not None}
    plain = []
    for name, value in given.items():
        if name != ROUNDS:
            plain.append(make_draft(name, long_form(name, value, recipe), recipe))
    dropped = set(raw) - set(given)
    groups = add_companions(plain, dropped, "")
    if ROUNDS in given:
        groups.insert(list(given).index(ROUNDS), unroll(given[ROUNDS], recipe))
    return list(chain.from_iterable(groups)), dropped


def _check_names(drafts: list[Draft], recipe: str) -> None:
    """Refuse two steps of one name."""
    names: set[str] = set()
    for draft in drafts:
        if draft.name in names:
            raise UserError(
                f"recipe {recipe}: there are two steps called '{draft.name}'; rename one: "
                f"NAME: {{kind: {draft.kind}, ...}}"
            )
        names.add(draft.name)
