"""From a recipe to a chain: its steps are joined.

A step's folder is `DATASET-digest/KIND/METHOD-digest`. Its digest is over all that can change the
step's result: kind, method, settings, the split that it is trained on, and the folders of what it
reads. Equal work of several recipes is one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wsss.plan.chains import Chain, Source, Step
from wsss.plan.companions import Draft
from wsss.plan.kinds import KINDS
from wsss.plan.recipes import Recipe
from wsss.plan.sources import Reader, sources_of
from wsss.run.errors import UserError
from wsss.run.settings import digest

Json = dict[str, Any]
SettingsOf = Callable[[Draft, Recipe], Json]
"""the settings of a step under a configuration"""


@dataclass(frozen=True)
class Ground:
    """What all steps of a chain stand on."""

    base: str
    """the folder of the dataset, in which their folders lie"""
    split: str
    """what trainings are of"""


def resolve(recipe: Recipe, settings_of: SettingsOf, base: str, split: str) -> Chain:
    """The chain of a recipe whose folders hang from `base` and whose trainings are of `split`."""
    ground = Ground(base, split)
    steps: list[Step] = []
    for draft in recipe.steps:
        reader = Reader(recipe.name, draft, tuple(steps))
        steps.append(_step(reader, settings_of(draft, recipe), ground))
    return Chain(recipe.name, recipe.about, tuple(steps))


def _step(reader: Reader, settings: Json, ground: Ground) -> Step:
    draft, inputs = reader.draft, sources_of(reader)
    lenders = {option: _lender(reader, kind) for option, kind in KINDS[draft.kind].borrows.items()}
    borrowed = {option: lender.settings for option, lender in lenders.items()}
    _check_saliency(reader, settings, inputs)
    return Step(
        name=draft.name,
        kind=draft.kind,
        method=draft.method,
        settings=settings,
        inputs=inputs,
        borrowed=borrowed,
        split=ground.split,
        folder=_folder(draft, settings, inputs, borrowed, ground),
        lenders=tuple(lenders.values()),
    )


def _folder(
    draft: Draft,
    settings: Json,
    inputs: Mapping[str, Source],
    borrowed: Mapping[str, Json],
    ground: Ground,
) -> str:
    kind, read = KINDS[draft.kind], {}
    for name, source in inputs.items():
        below_dataset = source.step.folder.partition("/")[2]
        read[name] = [below_dataset, source.type]
    trained_on = ground.split if kind.trains and kind.dataset else None
    made_of = [draft.kind, draft.method, settings, read, borrowed, trained_on]
    return f"{ground.base}/{draft.kind}/{draft.method}-{digest(made_of)}"


def _lender(reader: Reader, kind: str) -> Step:
    """The nearest step of a kind, whose settings a step is given."""
    for step in reversed(reader.before):
        if step.kind == kind:
            return step
    raise UserError(
        f"recipe {reader.recipe}: step '{reader.draft.name}' takes its settings from a step of the "
        f"kind '{kind}', and there is none before it; add one"
    )


def _check_saliency(reader: Reader, settings: Json, inputs: Mapping[str, Source]) -> None:
    if settings.get("background") == "saliency" and "saliency" not in inputs:
        raise UserError(
            f"setting '{reader.draft.name}.background' is 'saliency', but recipe {reader.recipe} "
            "has no saliency maps; add 'saliency: contrast' to its chain, or say this setting in "
            "the recipes that have them"
        )
