"""The settings of a step. Later ones override earlier ones:

1. the section of its kind in config.yaml and in files after --configfile
2. its recipe's settings: by kind, by name of the step, in the step's own line
3. the command line (--config)
4. the settings of an experiment's row
5. the configuration's `steps`, by name of the step
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from wsss.plan.chains import Step
from wsss.plan.companions import Draft
from wsss.plan.config import section_model
from wsss.plan.kinds import KINDS
from wsss.plan.recipes import Recipe
from wsss.run.errors import UserError, nearest
from wsss.run.methods import load
from wsss.run.settings import Settings, merge, validate

Json = dict[str, Any]


class StepSettings:
    """A function that gives the settings of steps.

    `values` is the configuration, `typed` its part from the command line, `row` the settings of an
    experiment's row. `first_seed` is the seed of steps that all seeds of a row share (`once` in
    kind.py).
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
        """The settings of a step of a recipe, as JSON values, defaults included."""
        self._check_names(recipe)
        typed = self._typed.get(draft.kind, {})
        section: Json = dict(self._values.get(draft.kind) or {})
        for own in (*_of_step(recipe.settings, draft), draft.settings):
            section = merge(section, _without(_as_section(own, draft), typed))
        by_name = (self._values.get("steps") or {}).get(draft.name, {})
        for own in (*_of_step(self._row, draft), by_name):
            section = merge(section, _as_section(own, draft))
        given, seed = json.dumps(section), self._seed_of(draft)
        return dict(_settings(draft.kind, draft.method, draft.name, seed, given))

    def _seed_of(self, draft: Draft) -> int:
        """The seed of a step. A step that all seeds of an experiment's row share has the first."""
        return int(self._seed_once if KINDS[draft.kind].once else self._seed)

    def _check_names(self, recipe: Recipe) -> None:
        """Refuse settings of something that is neither a kind of step nor a step of the recipe."""
        names = [draft.name for draft in recipe.steps]
        for given in (recipe.settings, self._row):
            wrong = next((name for name in given if name not in KINDS and name not in names), None)
            if wrong is not None:
                raise UserError(
                    f"recipe {recipe.name}: settings of '{wrong}', which is neither a kind of step "
                    f"nor one of its steps{nearest(wrong, [*names, *KINDS])}; its steps: "
                    f"{', '.join(names)}"
                )


def address(step: Draft | Step, key: str) -> str:
    """A setting of a step as people write it, on the command line, too: NAME.KEY, or
    NAME.METHOD.KEY for a key that only the method has.
    """
    methods = KINDS[step.kind].methods  # some have the name of a setting, such as `folder`
    shared = key in section_model(step.kind).model_fields and key not in methods
    return f"{step.name}.{key}" if shared else f"{step.name}.{step.method}.{key}"


def _of_step(settings: Mapping[str, Any], draft: Draft) -> list[Json]:
    """The settings of a step among settings by kind or name of a step, those by kind first."""
    names = dict.fromkeys((draft.kind, draft.name))
    return [dict(settings[name] or {}) for name in names if name in settings]


def _as_section(settings: Mapping[str, Any], draft: Draft) -> Json:
    """Settings of a step in the form of its kind's section: keys that only its method has go into
    the sub-section of the method. A key that resembles one of the section counts as mistyped and
    stays, so that the error names the section's key.
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
    """Settings without those that were typed on the command line."""
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
    """The settings of a method, validated: shared keys of its kind's section, keys of its
    sub-section, and the seed. `given` is the section as JSON, `name` the step in errors.
    """
    section = validate(section_model(kind), json.loads(given), name)
    keys = section.model_dump()
    model = load(KINDS[kind].methods[method].settings)
    values = {**keys, **(keys.get(method) or {}), "seed": seed}
    chosen = {key: value for key, value in values.items() if key in model.model_fields}
    settings: Settings = validate(model, chosen, name)
    return settings.model_dump(mode="json")
