"""How a name in a recipe becomes code: a registry maps it to two "module:attribute" strings and imports nothing.

Each subject folder keeps its registries in a file `registry.py`. These files are not part of any code digest: an entry
more changes no result, and the modules of the chosen variant are counted by themselves.
"""

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from wsss.errors import UserError, nearest


class Variant(NamedTuple):
    """One way to do a stage: what runs, and its settings model (which imports neither torch nor what runs)."""

    code: str
    settings: str
    reads: tuple[str, ...] = ()
    """which of the inputs that only some variants of a stage need this one needs, or can use"""
    needs: str | None = None
    """a level that must come before this variant, though other variants of its level do without"""

    @property
    def modules(self) -> list[str]:
        """The modules that hold it, for the code digest."""
        return [target.partition(":")[0] for target in (self.code, self.settings)]


def load(target: str) -> Any:
    """The object that a "module:attribute" string names."""
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def choose(registry: Mapping[str, Variant], name: str, what: str) -> Variant:
    """The entry of that name, or a UserError that lists what there is."""
    if name not in registry:
        raise UserError(f"{what} '{name}' does not exist{nearest(name, registry)}; there is: {', '.join(registry)}")
    return registry[name]
