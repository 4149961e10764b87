"""What a step of a recipe reads: what it names, else the nearest earlier artifact of a type that it
takes.
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
    """A step that is to be joined to those before it."""

    recipe: str
    draft: Draft
    before: tuple[Step, ...]

    @property
    def kind(self) -> Kind:
        return KINDS[self.draft.kind]

    @property
    def place(self) -> str:
        """How an error names it."""
        return f"recipe {self.recipe}: step '{self.draft.name}'"


def sources_of(reader: Reader) -> dict[str, Source]:
    """Input -> what is read; a UserError where there is nothing to read, or too much."""
    found = {}
    for name, taken in reader.kind.inputs.items():
        types = _types(reader, name, taken)
        if types is None:
            continue
        source = _source(reader, name, types)
        if source is not None:
            found[name] = source
        elif not taken.optional:
            raise UserError(_missing(reader, name, types))
    _check_method(reader, found)
    return found


def _types(reader: Reader, name: str, taken: Input) -> tuple[str, ...] | None:
    """The types that a step takes for an input; None where its method does not read it."""
    method = reader.kind.methods[reader.draft.method]
    if name in method.takes:
        return method.takes[name]
    return None if taken.by_method and name not in method.reads else taken.types


def _source(reader: Reader, name: str, types: tuple[str, ...]) -> Source | None:
    if name in reader.draft.inputs:
        address = reader.draft.inputs[name]
        return None if address is None else _named(reader, name, address, types)
    if reader.kind.inputs[name].named:
        return None
    fitting = _fitting(reader, types)
    if not fitting:
        return None
    _check_obvious(reader, name, fitting)
    return fitting[0]


def _fitting(reader: Reader, types: tuple[str, ...]) -> list[Source]:
    """Artifacts of these types, the nearest first."""
    found = []
    for step in reversed(reader.before):
        source = _of_types(step, types)
        if source is not None:
            found.append(source)
    return found


def _of_types(step: Step, types: tuple[str, ...]) -> Source | None:
    """The first artifact of a step that is of one of these types."""
    for made in step.of.made:
        if made in types:
            return Source(step, made)
    return None


def _named(reader: Reader, name: str, address: str, types: tuple[str, ...]) -> Source:
    step = _step_called(reader, name, address)
    source = _of_types(step, types)
    if source is None:
        raise UserError(
            f"{reader.place} takes {' or '.join(types)} as its {name}, and '{address}' makes "
            f"{' and '.join(step.of.made)}; name a step that makes one of these"
        )
    return source


def _step_called(reader: Reader, name: str, address: str) -> Step:
    for step in reader.before:
        if step.name == address:
            return step
    before = [step.name for step in reader.before]
    raise UserError(
        f"{reader.place} reads '{address}' as its {name}, which no step before it is called"
        f"{nearest(address, before)}; before it there is: {', '.join(before) or 'nothing'}"
    )


def _check_obvious(reader: Reader, name: str, fitting: list[Source]) -> None:
    """Refuse to choose between branches: all others must lead to the nearest, or it is of the same
    round.
    """
    draft, first = reader.draft, fitting[0].step
    own_round, dot, _ = draft.name.rpartition(".")
    if dot and first.name.startswith(f"{own_round}."):
        return
    for other in fitting[1:]:
        if other.step.name not in first.ancestors:
            raise UserError(
                f"{reader.place} could read its {name} from '{first.name}' or from "
                f"'{other.step.name}'; say which: {draft.name}: {{method: {draft.method}, inputs: "
                f"{{{name}: {first.name}}}}}"
            )


def _check_method(reader: Reader, inputs: Mapping[str, Source]) -> None:
    source = inputs.get(reader.kind.same_method or "")
    if source is not None and source.step.method != reader.draft.method:
        name, method = reader.draft.name, source.step.method
        raise UserError(
            f"recipe {reader.recipe}: '{name}: {reader.draft.method}' does not go with {method}; "
            f"take '{name}: {method}', or leave it out"
        )


def _missing(reader: Reader, name: str, types: tuple[str, ...]) -> str:
    """What to say where no step makes what a step needs."""
    makers = [kind for kind in KINDS.values() if set(types) & set(kind.made)]
    way_out = "no kind of step makes one"
    if makers:
        first = makers[0]
        way_out = f"add one before it, such as '{first.name}: {next(iter(first.methods))}'"
    return (
        f"recipe {reader.recipe}: '{reader.draft.name}: {reader.draft.method}' needs {name} "
        f"({' or '.join(types)}), which no step before it makes; {way_out}"
    )
