"""Recipe files: a published system as a list of steps, before the steps are joined.

    chain:
      classifier: cam                             NAME: METHOD; the name is the kind of the step
      second: {kind: classifier, method: seam}    the long form: any name
      labels: {method: crf, inputs: {maps: it}}   an input that is not the nearest of its type
      cams: null                                  a step left out, or a companion that is not wanted
      rounds: {times: 4, chain: {...}}            steps round2.NAME; before.NAME: the round before

A recipe `like` another one starts from that one's steps: a name that is there is replaced in its
place, a new one goes before the first step whose kind stands later in the table of kinds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import Field

from wsss.plan.companions import Draft, add_companions, add_last_steps
from wsss.plan.recipe_layers import lay
from wsss.plan.rounds import ROUNDS, unroll
from wsss.plan.step_drafts import Raw, long_form, make_draft
from wsss.run.errors import UserError, nearest
from wsss.run.settings import Settings, merge, read_yaml, validate


class RecipeFile(Settings):
    """A file in recipes/."""

    about: str
    """one line for people"""
    like: str | None = None
    """another recipe that this one starts from"""
    chain: dict[str, Any]
    """the steps in their order"""
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """settings that this recipe fixes, laid out as in config.yaml, or by the name of a step"""


@dataclass(frozen=True)
class Recipe:
    """The steps of a recipe in their order, companions among them, and the settings that it fixes
    by kind or step.
    """

    name: str
    about: str
    steps: tuple[Draft, ...]
    settings: Raw


def read_recipe(path: Path, over: Mapping[str, Any] | None = None, where: str = "") -> Recipe:
    """A recipe file with `over` laid on its steps; a UserError names the file (and `where` in
    another one).
    """
    name = f"{path.name}{where}"
    file = validate(RecipeFile, _raw_recipe(path, []), path.name)
    raw = lay(file.chain, over or {}, name)
    steps, dropped = _drafts(raw, name)
    _check_names(steps, name)
    return Recipe(path.stem, file.about, tuple(add_last_steps(steps, dropped)), file.settings)


def recipe_files(folder: Path) -> dict[str, Path]:
    """The recipes by name."""
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def _raw_recipe(path: Path, visited: list[str]) -> Raw:
    """What a recipe file says, laid on the recipe that it is like."""
    raw = read_yaml(path, "recipe")
    if not raw.get("like"):
        return raw
    base = _raw_recipe(_other(path, str(raw["like"]), visited), [*visited, path.stem])
    settings = merge(base.get("settings") or {}, raw.get("settings") or {})
    steps = lay(_chain_of(base), _chain_of(raw), path.name)
    return {**base, **raw, "settings": settings, "chain": steps}


def _chain_of(raw: Raw) -> Raw:
    """The steps that a file says; what is no mapping is refused when the whole is validated."""
    chain = raw.get("chain") or {}
    return chain if isinstance(chain, dict) else {}


def _other(path: Path, name: str, visited: list[str]) -> Path:
    """The file of the recipe that `path` says it is like."""
    names = list(recipe_files(path.parent))
    if name not in names:
        raise UserError(
            f"recipe {path.name}: like '{name}', which does not exist{nearest(name, names)}; "
            f"there is: {', '.join(names)}"
        )
    if name in (*visited, path.stem):
        raise UserError(
            f"recipe {path.name}: like '{name}' leads back to itself; name another recipe or none"
        )
    return path.with_name(f"{name}.yaml")


def _drafts(raw: Mapping[str, Any], recipe: str) -> tuple[list[Draft], set[str]]:
    """The steps of a whole recipe, rounds unrolled, and the names that it says null to."""
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
    names: set[str] = set()
    for draft in drafts:
        if draft.name in names:
            raise UserError(
                f"recipe {recipe}: there are two steps called '{draft.name}'; give one another "
                "name: "
                f"NAME: {{kind: {draft.kind}, ...}}"
            )
        names.add(draft.name)
