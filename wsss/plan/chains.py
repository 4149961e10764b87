"""From settings and recipes to chains: what each stage runs with, and the folder its artifacts are in.

A chain's folder is its recipe: `DATASET-digest/seam-digest/cams-digest/...`, each digest over the settings of that stage
that can change its result. Recipes with the same beginning share it on disk.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, Field

from wsss.plan.config import config_model
from wsss.plan.levels import BY_NAME, LEVELS, Level
from wsss.run.errors import UserError, nearest
from wsss.run.methods import Method, choose, load
from wsss.run.settings import Settings, digest, read_yaml, validated


class Recipe(Settings):
    """A file in recipes/: a published system as a chain of variants, and the settings that make it that system."""

    about: str
    """one line for people"""
    like: str | None = None
    """another recipe that this one starts from; what is said here is laid on it, and a level set to null is left out"""
    chain: dict[str, str]
    """level: variant; levels not named are left out"""
    settings: dict[str, Any] = Field(default_factory=dict)
    """settings this recipe fixes, laid out as in config.yaml"""


@dataclass(frozen=True)
class Node:
    """A stage of a chain: its level, variant, resolved settings, folder under work/, and the stage before it."""

    level: str
    variant: str
    settings: dict[str, Any]
    folder: str
    parent: "Node | None" = field(repr=False, default=None)
    cues: "tuple[Node, ...]" = field(repr=False, default=())
    """stages aside from the chain whose artifacts this one reads"""

    @property
    def json(self) -> str:
        return json.dumps(self.settings, sort_keys=True)

    @property
    def method(self) -> Method:
        """The entry of the variant in its registry."""
        return BY_NAME[self.level].variants[self.variant]

    @cached_property
    def line(self) -> "list[Node]":
        """The chain from its first stage to this one."""
        return [*(self.parent.line if self.parent else []), self]

    def before(self, *levels: str) -> "Node":
        """The nearest stage before this one that is of one of these levels."""
        return next(node for node in reversed(self.line[:-1]) if node.level in levels)

    def cue(self, level: str) -> "Node | None":
        """The stage of `level` aside from the chain that this one reads, if it reads one."""
        return next((node for node in self.cues if node.level == level), None)

    def has(self, level: str) -> bool:
        return any(node.level == level for node in self.line)


MAPS = tuple(level.name for level in LEVELS if level.scored == "maps")


def read_recipe(path: Path, typed: Mapping[str, Any] = MappingProxyType({})) -> Recipe:
    """A recipe file, validated: its levels and variants exist and can follow each other. What was `typed` on the
    command line takes the place of its settings: these are left out."""
    recipe = validated(Recipe, _raw_recipe(path, []), f"{path.name}")
    check_chain(recipe, path.name)
    return recipe.model_copy(update={"settings": _without(recipe.settings, typed)})


def _without(settings: dict[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _without(value, typed.get(key, {})) if isinstance(value, dict) else value
            for key, value in settings.items() if isinstance(value, dict) or key not in typed}


def check_chain(recipe: Recipe, name: str) -> None:
    """Refuse levels and variants that do not exist, or cannot follow each other."""
    for level, variant in recipe.chain.items():
        if level not in BY_NAME:
            raise UserError(f"recipe {name}: level '{level}' does not exist{nearest(level, BY_NAME)}; "
                            f"there is: {', '.join(BY_NAME)}")
        choose(BY_NAME[level].variants, variant, f"recipe {name}: {level} variant")
    _check_order(recipe, name)


def _raw_recipe(path: Path, seen: list[str]) -> dict[str, Any]:
    """What a recipe file says, laid on the recipe it is like; levels set to null are gone."""
    raw = read_yaml(path, "recipe")
    if raw.get("like"):
        raw = merged(_raw_recipe(_other(path, str(raw["like"]), seen), [*seen, path.stem]), raw)
    if isinstance(raw.get("chain"), dict):
        raw["chain"] = {level: variant for level, variant in raw["chain"].items() if variant is not None}
    return raw


def _other(path: Path, name: str, seen: list[str]) -> Path:
    """The file of the recipe that `path` says it is like."""
    names = [p.stem for p in path.parent.glob("*.yaml")]
    if name not in names:
        raise UserError(f"recipe {path.name}: like '{name}', which does not exist{nearest(name, names)}; "
                        f"there is: {', '.join(sorted(names))}")
    if name in (*seen, path.stem):
        raise UserError(f"recipe {path.name}: like '{name}' leads back to itself; name another recipe or none")
    return path.with_name(f"{name}.yaml")


def _check_order(recipe: Recipe, name: str) -> None:
    chain = recipe.chain
    for level in LEVELS:
        if level.name in chain and level.needs and level.needs not in chain:
            raise UserError(f"recipe {name}: '{level.name}: {chain[level.name]}' needs a {level.needs} before it; "
                            f"add one of: {', '.join(BY_NAME[level.needs].variants)}")
        if level.name in chain and level.follows and not any(other in chain for other in level.follows):
            raise UserError(f"recipe {name}: '{level.name}: {chain[level.name]}' comes with a "
                            f"{' or '.join(level.follows)}, which is not in the chain; add one or take it out")
        leader = _leader(level, chain)
        if level.name in chain and leader in level.variants and chain[level.name] != leader:
            raise UserError(f"recipe {name}: '{level.name}: {chain[level.name]}' does not go with {leader}; take "
                            f"'{level.name}: {leader}', or leave it out")
        needed = level.variants[chain[level.name]].needs if level.name in chain else None
        if needed and needed not in chain:
            raise UserError(f"recipe {name}: '{level.name}: {chain[level.name]}' needs a {needed}; add one of: "
                            f"{', '.join(BY_NAME[needed].variants)}")
    if chain.get("labels") not in (None, "truth") and "classifier" not in chain:
        raise UserError(f"recipe {name}: 'labels: {chain['labels']}' needs score maps; add a classifier, or take "
                        "'labels: truth'")
    if "segmenter" not in chain and "grow" not in chain:
        raise UserError(f"recipe {name}: there is no segmenter, so there is nothing to score; add 'segmenter: deeplab', or "
                        "a network trained on seeds such as 'grow: dsrg'")


def resolve(values: dict[str, Any], recipe: Recipe, base: str, aside: str | None = None,
            aside_seed: int | None = None) -> list[Node]:
    """The chain of a recipe under a configuration (`values`, as in config.yaml), first stage first.

    Its folders hang from `base`; those of stages aside from the chain, which no split trains, from `aside` if that is given,
    and their seed is `aside_seed`.
    """
    config = validated(config_model(), merged(values, recipe.settings))
    nodes: list[Node] = []
    for level in LEVELS:
        variant = _variant(level, recipe)
        if variant:
            seed = aside_seed if level.aside and aside_seed is not None else config.seed  # type: ignore[attr-defined]
            settings = _settings(level, variant, config, seed)
            nodes.append(_node(level, variant, settings, nodes, (aside or base) if level.aside else base))
    return nodes


def _node(level: Level, variant: str, settings: dict[str, Any], nodes: list[Node], base: str) -> Node:
    """A stage whose parent is the last one that is, like it, aside from the chain or not."""
    parent = next((node for node in reversed(nodes) if BY_NAME[node.level].aside == level.aside), None)
    cues = tuple(n for n in nodes if BY_NAME[n.level].aside and n.level in level.variants[variant].reads)
    if settings.get("background") == "saliency" and not cues:
        raise UserError(f"setting '{level.name}.background' is 'saliency', but there is a recipe without saliency maps; add "
                        "'saliency: contrast' to its chain, or say this setting in the recipes that have them")
    name = digest([level.name, variant, settings, *(cue.folder for cue in cues)])
    return Node(level.name, variant, settings, f"{parent.folder if parent else base}/{variant}-{name}", parent, cues)


def _leader(level: Level, chain: dict[str, str]) -> str | None:
    """The variant of the level that a level accompanies."""
    return next((chain[other] for other in level.follows if other in chain), None)


def _variant(level: Level, recipe: Recipe) -> str | None:
    """The variant of a level in a recipe: as named, else, where it accompanies another level, that one's namesake."""
    leader = _leader(level, recipe.chain)
    if leader is None or level.name in recipe.chain:
        return recipe.chain.get(level.name)
    return leader if leader in level.variants else next(iter(level.variants))


def _settings(level: Level, variant: str, config: BaseModel, seed: int) -> dict[str, Any]:
    """The resolved settings of one stage: the section's shared keys, the variant's own, and the seed."""
    section = getattr(config, level.name, None)
    given = section.model_dump() if section else {}
    model = load(level.variants[variant].settings)
    values = {**given, **given.get(variant, {}), "seed": seed}
    return validated(model, {k: v for k, v in values.items() if k in model.model_fields}, level.name).model_dump(mode="json")


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`, section by section."""
    both = {k: merged(base[k], v) if isinstance(v, dict) and isinstance(base.get(k), dict) else v for k, v in over.items()}
    return {**base, **both}
