"""Finds the inputs of a step: the step that the recipe names for an input, else the nearest earlier
step that makes an artifact of a type that the input takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wsss.plan.chains import Source, Step
from wsss.plan.companions import Draft
from wsss.plan.kind import Input, Kind
from wsss.plan.kinds import KINDS
from wsss.run.errors import UserError, nearest


@dataclass(frozen=True)
class Reader:
    """A step whose inputs are to be found."""

    recipe: str
    """the recipe's name"""
    draft: Draft
    """the step as the recipe writes it (companions.py)"""
    before: tuple[Step, ...]
    """the steps before it, in their order"""

    @property
    def kind(self) -> Kind:
        return KINDS[self.draft.kind]

    @property
    def title(self) -> str:
        """The step in words, for errors."""
        return f"recipe {self.recipe}: step '{self.draft.name}'"


def sources_of(reader: Reader) -> dict[str, Source]:
    """Input -> what the step reads there.

    Raises a UserError where no earlier step makes what an input needs, or where several branches of
    the recipe do.
    """
    found = {}
    for name, taken in reader.kind.inputs.items():
        types = _types(reader, name, taken)
        if types is None:
            _check_unread(reader, name)
            continue
        source = _source(reader, name, types)
        if source is not None:
            found[name] = source
        elif not taken.optional or name in reader.kind.methods[reader.draft.method].needs:
            raise UserError(_missing(reader, name, taken, types))
    _check_method(reader, found)
    return found


def _types(reader: Reader, name: str, taken: Input) -> tuple[str, ...] | None:
    """The types that an input takes; None where the step's method does not read it."""
    method = reader.kind.methods[reader.draft.method]
    if name in method.takes:
        return method.takes[name]
    return None if taken.by_method and name not in method.reads else taken.types


def _check_unread(reader: Reader, name: str) -> None:
    """Refuse an input that the recipe names and the step's method does not read."""
    if reader.draft.inputs.get(name) is not None:
        raise UserError(
            f"{reader.title} by '{reader.draft.method}' reads no {name}; take it out of its inputs"
        )


def _source(reader: Reader, name: str, types: tuple[str, ...]) -> Source | None:
    """What the step reads as an input of these types; None where there is nothing to read."""
    if name in reader.draft.inputs:
        called = reader.draft.inputs[name]
        return None if called is None else _named(reader, name, called, types)
    if reader.kind.inputs[name].named:
        return None
    fitting = _fitting(reader, types)
    if not fitting:
        return None
    _check_unambiguous(reader, name, fitting)
    return fitting[0]


def _fitting(reader: Reader, types: tuple[str, ...]) -> list[Source]:
    """What earlier steps make of these types, the nearest first."""
    found = []
    for step in reversed(reader.before):
        source = _of_types(step, types)
        if source is not None:
            found.append(source)
    return found


def _of_types(step: Step, types: tuple[str, ...]) -> Source | None:
    """A step's first artifact of one of these types; None where it makes no such artifact."""
    for made in step.of.made:
        if made in types:
            return Source(step, made)
    return None


def _named(reader: Reader, name: str, called: str, types: tuple[str, ...]) -> Source:
    """The artifact of the step `called` so, which the recipe names for an input."""
    step = _step_called(reader, name, called)
    source = _of_types(step, types)
    if source is None:
        raise UserError(
            f"{reader.title} takes {' or '.join(types)} as its {name}, and '{called}' makes "
            f"{' and '.join(step.of.made)}; name a step that makes {' or '.join(types)}"
        )
    return source


def _step_called(reader: Reader, name: str, called: str) -> Step:
    """The earlier step of a name; a UserError lists the earlier steps."""
    for step in reader.before:
        if step.name == called:
            return step
    before = [step.name for step in reader.before]
    raise UserError(
        f"{reader.title} reads '{called}' as its {name}, but no step before it has that name"
        f"{nearest(called, before)}; the steps before it: {', '.join(before) or 'none'}"
    )


def _check_unambiguous(reader: Reader, name: str, fitting: list[Source]) -> None:
    """Refuse an input that could be read from two branches of a recipe.

    The nearest step is right if it is of the same round, or if all other steps that fit are among
    its ancestors.
    """
    draft, first = reader.draft, fitting[0].step
    own_round, dot, _ = draft.name.rpartition(".")
    if dot and first.name.startswith(f"{own_round}."):
        return
    for other in fitting[1:]:
        if other.step.name not in first.ancestors:
            raise UserError(
                f"{reader.title} could read its {name} from '{first.name}' or from "
                f"'{other.step.name}'; say which: {draft.name}: {{method: {draft.method}, inputs: "
                f"{{{name}: {first.name}}}}}"
            )


def _check_method(reader: Reader, inputs: Mapping[str, Source]) -> None:
    """Refuse a step whose method is not that of the step it reads (`same_method` in kind.py)."""
    source = inputs.get(reader.kind.same_method or "")
    if source is not None and source.step.method != reader.draft.method:
        name, method = reader.draft.name, source.step.method
        raise UserError(
            f"recipe {reader.recipe}: '{name}: {reader.draft.method}' does not go with {method}; "
            f"take '{name}: {method}', or leave it out"
        )


def _missing(reader: Reader, name: str, taken: Input, types: tuple[str, ...]) -> str:
    """The error where no earlier step makes what an input needs, with a step that would; where the
    recipe must name the step and does not, with the line that does.
    """
    fitting = _fitting(reader, types)
    if taken.named and fitting:
        called = fitting[-1].step.name
        return (
            f"{reader.title} reads its {name} only from a step that the recipe names; write "
            f"{reader.draft.name}: {{method: {reader.draft.method}, inputs: {{{name}: {called}}}}}"
        )
    makers = [kind for kind in KINDS.values() if set(types) & set(kind.made)]
    way_out = "no kind of step makes it"
    if makers:
        first = makers[0]
        way_out = f"add one before it, such as '{first.name}: {next(iter(first.methods))}'"
    return (
        f"recipe {reader.recipe}: '{reader.draft.name}: {reader.draft.method}' needs {name} "
        f"({' or '.join(types)}), which no step before it makes; {way_out}"
    )
