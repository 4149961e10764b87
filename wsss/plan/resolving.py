"""From a recipe to a chain: each step gets its settings, its inputs and its folder.

The folder is `DATASET-digest/KIND/METHOD-digest`. The second digest is of all that affects the
result: kind, method, settings, the split that it is trained on, and the folders of its inputs. So
equal steps of several recipes share a folder and run once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wsss.plan.backbone_checks import check_backbone
from wsss.plan.chains import Chain, Source, Step, reads_dataset
from wsss.plan.companions import Draft
from wsss.plan.input_checks import check_inputs
from wsss.plan.kinds import KINDS
from wsss.plan.method_checks import check_method
from wsss.plan.recipes import Recipe
from wsss.plan.sources import Reader, sources_of
from wsss.run.errors import UserError
from wsss.run.methods import load
from wsss.run.settings import digest

Json = dict[str, Any]
SettingsOf = Callable[[Draft, Recipe], Json]
"""a function that gives the settings of a step of a recipe (step_settings.py)"""


@dataclass(frozen=True)
class Data:
    """The data of all steps of a chain."""

    base: str
    """the dataset's folder under work/, which has the steps' folders"""
    split: str
    """the split that networks are trained on"""


def resolve(recipe: Recipe, settings_of: SettingsOf, base: str, split: str) -> Chain:
    """The chain of a recipe, with folders in `base` and with networks trained on `split`."""
    data = Data(base, split)
    steps: list[Step] = []
    for draft in recipe.steps:
        reader = Reader(recipe.name, draft, tuple(steps))
        check_method(draft.kind, draft.method, KINDS[draft.kind].methods[draft.method])
        settings = settings_of(draft, recipe)
        if settings.get("backbone"):
            check_backbone(draft.name, settings["backbone"])
        steps.append(_step(reader, settings, data))
    return Chain(recipe.name, recipe.about, tuple(steps))


def _step(reader: Reader, settings: Json, data: Data) -> Step:
    """The step of a draft."""
    draft, inputs = reader.draft, sources_of(reader)
    lenders = {option: _lender(reader, kind) for option, kind in KINDS[draft.kind].borrows.items()}
    borrowed = {option: _shared_settings(lender) for option, lender in lenders.items()}
    check_inputs(reader, settings, inputs)
    return Step(
        name=draft.name,
        kind=draft.kind,
        method=draft.method,
        settings=settings,
        inputs=inputs,
        borrowed=borrowed,
        split=data.split,
        folder=_folder(draft, settings, inputs, borrowed, data),
        lenders=tuple(lenders.values()),
    )


def _folder(
    draft: Draft,
    settings: Json,
    inputs: Mapping[str, Source],
    borrowed: Mapping[str, Json],
    data: Data,
) -> str:
    """The folder of a step. The dataset's folder is left out of the digest."""
    kind, read = KINDS[draft.kind], {}
    for name, source in inputs.items():
        below_dataset = source.step.folder.partition("/")[2]
        read[name] = [below_dataset, source.type]
    trained_on = data.split if kind.trains and reads_dataset(kind, inputs) else None
    affecting = [draft.kind, draft.method, settings, read, borrowed, trained_on]
    return f"{data.base}/{draft.kind}/{draft.method}-{digest(affecting)}"


def _lender(reader: Reader, kind: str) -> Step:
    """The nearest earlier step of a kind, whose settings a step borrows (`borrows` in kind.py)."""
    for step in reversed(reader.before):
        if step.kind == kind:
            return step
    raise UserError(
        f"recipe {reader.recipe}: step '{reader.draft.name}' needs the settings of a step of the "
        f"kind '{kind}', but no step before it is of that kind; add such a step"
    )


def _shared_settings(step: Step) -> Json:
    """The settings of a step that all methods of its kind have; a step that borrows them reads no
    others.
    """
    shared = load(step.of.shared).model_fields
    return {key: value for key, value in step.settings.items() if key in shared}
