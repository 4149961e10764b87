"""How a name in a recipe becomes code: a registry maps it to two "module:attribute" strings and
imports nothing.

Each subject folder keeps its registries in a file `registry.py`. Of these a code digest covers the
chosen entry alone, so that a method more makes no other run again.
"""

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from wsss.run.errors import UserError, nearest


class Method(NamedTuple):
    """One way to do a stage: what runs, and its settings model (which imports neither torch nor
    what runs).
    """

    code: str
    settings: str
    reads: tuple[str, ...] = ()
    """which of the inputs that only some methods of a stage read this one reads, or can read"""
    takes: Mapping[str, tuple[str, ...]] = {}
    """input -> types of artifacts, where this method takes others than its kind of step says"""
    annotations: tuple[str, ...] = ()
    """what of the training photos it reads besides their tags, such as `mask`"""

    @property
    def modules(self) -> list[str]:
        """The modules that hold it, for the code digest."""
        return [target.partition(":")[0] for target in (self.code, self.settings)]


def load(target: str) -> Any:
    """The object that a "module:attribute" string names."""
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def choose(registry: Mapping[str, Method], name: str, what: str) -> Method:
    """The entry of that name, or a UserError that lists what there is."""
    if name not in registry:
        raise UserError(
            f"{what} '{name}' does not exist{nearest(name, registry)}; there is: "
            f"{', '.join(registry)}"
        )
    return registry[name]
