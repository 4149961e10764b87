"""Refuses a method whose registry entry names code that is not there, before anything runs.

The code is not imported: planning imports no torch. Its source is read for the names that it
defines.
"""

import ast
import importlib.util
from functools import cache
from pathlib import Path

from wsss.run.errors import UserError, nearest
from wsss.run.methods import Method


def check_method(kind: str, name: str, method: Method) -> None:
    """UserError where the code or the settings of a method do not exist. Modules from outside this
    package are left to those who load them.
    """
    for target in (method.code, method.settings):
        module, _, attribute = target.partition(":")
        if not module.startswith("wsss."):
            continue
        place = f"method '{name}' of '{kind}', registered as \"{target}\""
        path = _find_module(module)
        if path is None:
            raise UserError(f"{place}: there is no module {module}; mend the line in registry.py")
        names = names_in(path)
        if attribute not in names:
            raise UserError(
                f"{place}: {path.name} defines no '{attribute}'{nearest(attribute, names)}; mend "
                "the line in registry.py"
            )


@cache
def _find_module(module: str) -> Path | None:
    """The source of a module; None where there is none."""
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:  # of a folder above it
        return None
    return Path(spec.origin) if spec is not None and spec.origin else None


@cache
def names_in(path: Path) -> frozenset[str]:
    """The names that a module defines or imports at its top level."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(found)
