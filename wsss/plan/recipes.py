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

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, PositiveInt

from wsss.plan.companions import Draft, add_companions, add_last_steps
from wsss.plan.kinds import KINDS, ORDER, Kind
from wsss.run.errors import UserError, nearest
from wsss.run.methods import choose
from wsss.run.settings import Settings, merge, read_yaml, validate

ROUNDS, BEFORE = "rounds", "before."
LAST = len(ORDER)
RENAMED = {"sure": "confident", "grown": "segmentation_maps"}
"""kinds of steps as they were called in the version before"""
Raw = dict[str, Any]


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


class LongStep(Settings):
    """The long form of a step."""

    kind: str | None = None
    method: str
    inputs: dict[str, str | None] = Field(default_factory=dict)
    first: dict[str, str | None] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)


class RoundsStep(Settings):
    """Steps that are done several times, each time after the other."""

    times: PositiveInt
    chain: dict[str, Any]
    settings: dict[int, dict[str, Any]] = Field(default_factory=dict)


@dataclass(frozen=True)
class Recipe:
    """The steps of a recipe in their order, companions among them, and the settings that it fixes
    by kind or step.
    """

    name: str
    about: str
    steps: tuple[Draft, ...]
    settings: Raw


def read_recipe(path: Path, chain: Mapping[str, Any] | None = None, where: str = "") -> Recipe:
    """A recipe file with `chain` laid on its steps; a UserError names the file (and `where` in
    another one).
    """
    name = f"{path.name}{where}"
    file = validate(RecipeFile, _raw_recipe(path, []), path.name)
    raw = lay(file.chain, chain or {}, name)
    steps, dropped = _drafts(raw, name)
    _check_names(steps, name)
    return Recipe(path.stem, file.about, tuple(add_last_steps(steps, dropped)), file.settings)


def recipe_files(folder: Path) -> dict[str, Path]:
    """The recipes by name."""
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def _raw_recipe(path: Path, seen: list[str]) -> Raw:
    """What a recipe file says, laid on the recipe that it is like."""
    raw = read_yaml(path, "recipe")
    if not raw.get("like"):
        return raw
    base = _raw_recipe(_other(path, str(raw["like"]), seen), [*seen, path.stem])
    both = {
        **base,
        **raw,
        "settings": merge(base.get("settings") or {}, raw.get("settings") or {}),
    }
    return {**both, "chain": lay(_chain_of(base), _chain_of(raw), path.name)}


def _chain_of(raw: Raw) -> Raw:
    """The steps that a file says; what is no mapping is refused when the whole is validated."""
    chain = raw.get("chain") or {}
    return chain if isinstance(chain, dict) else {}


def _other(path: Path, name: str, seen: list[str]) -> Path:
    """The file of the recipe that `path` says it is like."""
    names = list(recipe_files(path.parent))
    if name not in names:
        raise UserError(
            f"recipe {path.name}: like '{name}', which does not exist{nearest(name, names)}; "
            f"there is: {', '.join(names)}"
        )
    if name in (*seen, path.stem):
        raise UserError(
            f"recipe {path.name}: like '{name}' leads back to itself; name another recipe or none"
        )
    return path.with_name(f"{name}.yaml")


def lay(base: Mapping[str, Any], over: Mapping[str, Any], recipe: str) -> Raw:
    """The steps of `over` laid on those of `base`."""
    laid = list(base)
    for name, value in over.items():
        if name not in laid:
            laid.insert(_place_of(name, value, laid, base, recipe), name)
    return {name: _joined(base.get(name), over.get(name, base.get(name)), recipe) for name in laid}


def _joined(base: Any, over: Any, recipe: str) -> Any:
    """Rounds laid on rounds; everything else is replaced."""
    if not (isinstance(base, dict) and isinstance(over, dict) and "chain" in base):
        return over
    return {
        **base,
        **over,
        "chain": lay(base["chain"], over.get("chain") or {}, recipe),
        "settings": merge(base.get("settings") or {}, over.get("settings") or {}),
    }


def _place_of(name: str, value: Any, laid: list[str], base: Mapping[str, Any], recipe: str) -> int:
    """Where a new step goes: before the first one whose kind comes later."""
    own = _order(name, value, recipe)
    later = (
        place for place, other in enumerate(laid) if _order(other, base.get(other), recipe) > own
    )
    return next(later, len(laid))


def _order(name: str, value: Any, recipe: str) -> int:
    """The place of a step's kind in the table; rounds come after everything."""
    if name == ROUNDS:
        return LAST
    kind = value.get("kind") if isinstance(value, dict) else None
    return ORDER[_kind(str(kind or name), recipe).name]


def _kind(name: str, recipe: str) -> Kind:
    if name in RENAMED:
        raise UserError(
            f"recipe {recipe}: steps of the kind '{name}' are of the kind '{RENAMED[name]}' now; "
            "write this instead"
        )
    if name not in KINDS:
        raise UserError(
            f"recipe {recipe}: a step of the kind '{name}' does not exist{nearest(name, KINDS)}; "
            f"there is: {', '.join(KINDS)} (a step of another name says its kind: NAME: "
            f"{{kind: ...}})"
        )
    return KINDS[name]


def _drafts(raw: Mapping[str, Any], recipe: str) -> tuple[list[Draft], set[str]]:
    """The steps of a whole recipe, rounds unrolled, and the names that it says null to."""
    given = {name: value for name, value in raw.items() if value is not None}
    plain = [
        _draft(name, _long(name, value, recipe), recipe)
        for name, value in given.items()
        if name != ROUNDS
    ]
    dropped = set(raw) - set(given)
    groups = add_companions(plain, dropped, "")
    if ROUNDS in given:
        groups.insert(list(given).index(ROUNDS), _rounds(given[ROUNDS], recipe))
    return [draft for group in groups for draft in group], dropped


def _rounds(value: Any, recipe: str) -> list[Draft]:
    """The steps of all rounds, each with its companions."""
    rounds = validate(RoundsStep, _mapping(value, ROUNDS, recipe), f"{recipe}: {ROUNDS}")
    numbers = range(1, rounds.times + 1)
    return [draft for number in numbers for draft in _round(rounds, number, recipe)]


def _long(name: str, value: Any, recipe: str) -> LongStep:
    """A step in its long form, whichever it was written in."""
    if isinstance(value, str):
        return LongStep(method=value)
    return validate(LongStep, _mapping(value, name, recipe), f"{recipe}: {name}")


def _mapping(value: Any, name: str, recipe: str) -> Raw:
    if not isinstance(value, dict):
        raise UserError(
            f"recipe {recipe}: step '{name}' is {value!r}; a method is expected, or {{method: ..., "
            "inputs: ...}"
        )
    return value


def _draft(name: str, step: LongStep, recipe: str, more: Raw | None = None) -> Draft:
    kind = _kind(step.kind or name.rpartition(".")[2], recipe)
    choose(kind.methods, step.method, f"recipe {recipe}: method of step '{name}'")
    unknown = next((given for given in step.inputs if given not in kind.inputs), None)
    if unknown is not None:
        raise UserError(
            f"recipe {recipe}: step '{name}' has no input "
            f"'{unknown}'{nearest(unknown, kind.inputs)}; it has: "
            f"{', '.join(kind.inputs) or 'none'}"
        )
    return Draft(name, kind.name, step.method, dict(step.inputs), merge(step.settings, more or {}))


def _round(rounds: RoundsStep, number: int, recipe: str) -> list[Draft]:
    """The steps of one round."""
    settings, drafts = rounds.settings.get(number, {}), []
    steps = {
        name: _long(name, value, recipe)
        for name, value in rounds.chain.items()
        if value is not None
    }
    names = _names_in(steps, recipe)
    _check_round(rounds, steps, names, recipe)
    for name, step in steps.items():
        inputs = {
            key: _address(value, key, step, number, names) for key, value in step.inputs.items()
        }
        named = step.model_copy(update={"inputs": inputs})
        drafts.append(_draft(f"round{number}.{name}", named, recipe, settings.get(name)))
    dropped = {name for name, value in rounds.chain.items() if value is None}
    groups = add_companions(drafts, dropped, f"round{number}.", settings)
    return [draft for group in groups for draft in group]


def _names_in(steps: Mapping[str, LongStep], recipe: str) -> list[str]:
    """The names of a round's steps, and of those that come with them."""
    names = list(steps)
    for name, step in steps.items():
        companions = _kind(step.kind or name, recipe).companions
        names += [one.kind for one in companions if one.place != "end" and one.kind not in names]
    return names


def _check_round(
    rounds: RoundsStep, steps: Mapping[str, LongStep], names: list[str], recipe: str
) -> None:
    """Refuse settings of a round or of a step that is not there, and what the first round reads
    instead of nothing.
    """
    late = next((number for number in rounds.settings if not 0 < number <= rounds.times), None)
    if late is not None:
        raise UserError(
            f"recipe {recipe}: rounds.settings names round {late}; there are rounds 1 to "
            f"{rounds.times}"
        )
    for given in rounds.settings.values():
        _check_known(given, names, f"recipe {recipe}: rounds.settings")
    for name, step in steps.items():
        _check_known(step.first, list(step.inputs), f"recipe {recipe}: '{name}.first'")


def _check_known(given: Iterable[str], names: list[str], where: str) -> None:
    wrong = next((name for name in given if name not in names), None)
    if wrong is not None:
        raise UserError(
            f"{where} names '{wrong}', which is not there{nearest(wrong, names)}; there is: "
            f"{', '.join(names)}"
        )


def _address(
    value: str | None, key: str, step: LongStep, number: int, names: list[str]
) -> str | None:
    """What a round calls an input, as the whole recipe calls it."""
    if value is None:
        return None
    if not value.startswith(BEFORE):
        return f"round{number}.{value}" if value in names else value
    return f"round{number - 1}.{value.removeprefix(BEFORE)}" if number > 1 else step.first.get(key)


def _check_names(drafts: list[Draft], recipe: str) -> None:
    seen: set[str] = set()
    for draft in drafts:
        if draft.name in seen:
            raise UserError(
                f"recipe {recipe}: there are two steps called '{draft.name}'; give one another "
                "name: "
                f"NAME: {{kind: {draft.kind}, ...}}"
            )
        seen.add(draft.name)
