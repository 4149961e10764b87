"""The settings of a step. Later ones win: its kind's in config.yaml and files, its recipe's, typed
ones, those of a row of an experiment, and those by the name of the step.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from wsss.plan.companions import Draft
from wsss.plan.config import section_model
from wsss.plan.kinds import KINDS
from wsss.plan.recipes import Recipe
from wsss.run.errors import UserError, nearest
from wsss.run.methods import load
from wsss.run.settings import Settings, merge, validate

Json = dict[str, Any]


class StepSettings:
    """Settings of steps under a configuration `values`, of which `typed` is from the command line.

    A step takes the settings of its kind. Its recipe's settings replace them, by kind and then by
    the name of the step, except for typed ones. Then those of `row` replace them (a row of an
    experiment), and last the configuration's `steps`.
    """

    def __init__(
        self,
        values: Json,
        typed: Mapping[str, Any],
        row: Mapping[str, Any] | None = None,
        first_seed: int | None = None,
    ) -> None:
        self._values, self._typed, self._row = values, typed, row or {}
        self._seed = values.get("seed", 0)
        self._seed_once = self._seed if first_seed is None else first_seed

    def __call__(self, draft: Draft, recipe: Recipe) -> Json:
        """The settings of one step, as plain values that make a folder's digest."""
        self._check_names(recipe)
        typed = self._typed.get(draft.kind, {})
        laid: Json = dict(self._values.get(draft.kind) or {})
        for own in (*_of_step(recipe.settings, draft), draft.settings):
            laid = merge(laid, _without(_sorted_in(own, draft), typed))
        for own in (
            *_of_step(self._row, draft),
            (self._values.get("steps") or {}).get(draft.name, {}),
        ):
            laid = merge(laid, _sorted_in(own, draft))
        return dict(
            _settings(draft.kind, draft.method, draft.name, self._seed_of(draft), json.dumps(laid))
        )

    def _seed_of(self, draft: Draft) -> int:
        """The seed of a step; what an experiment makes once has the first for all its seeds."""
        return int(self._seed_once if KINDS[draft.kind].once else self._seed)

    def _check_names(self, recipe: Recipe) -> None:
        """Refuse settings of something that is neither a kind of step nor a step of the recipe."""
        names = [draft.name for draft in recipe.steps]
        for given in (recipe.settings, self._row):
            wrong = next((name for name in given if name not in KINDS and name not in names), None)
            if wrong is not None:
                raise UserError(
                    f"recipe {recipe.name}: settings of '{wrong}', which is no kind of step and "
                    "none of its "
                    f"steps{nearest(wrong, [*names, *KINDS])}; its steps: {', '.join(names)}"
                )


def _of_step(settings: Mapping[str, Any], draft: Draft) -> list[Json]:
    """What settings by kind or step say of a step, the kind first."""
    names = dict.fromkeys((draft.kind, draft.name))
    return [dict(settings[name] or {}) for name in names if name in settings]


def _sorted_in(settings: Mapping[str, Any], draft: Draft) -> Json:
    """Settings of a step as its kind's section has them: what belongs to its method alone goes
    under the method's name.
    """
    section, methods = section_model(draft.kind).model_fields, KINDS[draft.kind].methods
    if draft.method not in section:
        return dict(settings)
    fields = load(methods[draft.method].settings).model_fields
    own: Json = {}
    for key, value in settings.items():
        shared = key in section or key in methods
        mistyped = key not in fields and nearest(key, section)
        if not shared and not mistyped:
            own[key] = value
    rest = {key: value for key, value in settings.items() if key not in own}
    return merge(rest, {draft.method: own}) if own else rest


def _without(settings: Mapping[str, Any], typed: Any) -> Json:
    """Settings without those that were typed."""
    typed = typed if isinstance(typed, Mapping) else {}
    left: Json = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            left[key] = _without(value, typed.get(key, {}))
        elif key not in typed:
            left[key] = value
    return left


@cache
def _settings(kind: str, method: str, name: str, seed: int, given: str) -> Json:
    """The validated settings of a method: the shared keys of its kind's section, its own, and the
    seed.
    """
    section = validate(section_model(kind), json.loads(given), name)
    keys = section.model_dump()
    model = load(KINDS[kind].methods[method].settings)
    values = {**keys, **(keys.get(method) or {}), "seed": seed}
    chosen = {key: value for key, value in values.items() if key in model.model_fields}
    settings: Settings = validate(model, chosen, name)
    return settings.model_dump(mode="json")
