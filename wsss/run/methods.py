"""Methods and their registries. A registry maps the name of a method in a recipe to a `Method`,
which names its code as "module:attribute" strings; so a registry imports no method.

Each folder of methods has its registries in a file `registry.py`. A code digest (code.py) covers
only the chosen entry, so a new method does not make the steps of others run again.
"""

import importlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from wsss.run.errors import UserError, nearest


class Method(NamedTuple):
    """One way to do a kind of step, such as `psa` for `affinity`."""

    code: str
    """the function or class that runs, as a string "module:attribute" for `load`"""
    settings: str
    """its settings model, as "module:attribute"; that module imports neither torch nor the code"""
    reads: tuple[str, ...] = ()
    """the inputs that it reads among those marked `by_method` in plan/kinds.py"""
    needs: tuple[str, ...] = ()
    """those of them that its kind of step can do without, and this method cannot"""
    takes: Mapping[str, tuple[str, ...]] = {}
    """input -> types of artifacts, where this method takes other types than its kind of step"""
    annotations: tuple[str, ...] = ()
    """the annotations of training photos that it reads besides their tags, such as `mask`"""

    @property
    def modules(self) -> list[str]:
        """The modules of its code and its settings."""
        return [target.partition(":")[0] for target in (self.code, self.settings)]


def load(target: str) -> Any:
    """The object that a "module:attribute" string names; imports the module."""
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def choose(registry: Mapping[str, Method], name: str, what: str) -> Method:
    """The entry called `name`; a UserError, which begins with `what`, lists the names."""
    if name not in registry:
        raise UserError(
            f"{what} '{name}' does not exist{nearest(name, registry)}; there are: "
            f"{', '.join(registry)}"
        )
    return registry[name]
