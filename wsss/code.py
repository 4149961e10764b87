"""Code as an input: a hash of what a stage would execute, blind to comments, docstrings and layout.

It covers the script, the modules of the chosen variant, and everything of this project that they import, directly or
not. Modules named `registry` only map names to modules and are left out.
"""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def code_digest(script: str, modules: Iterable[str] = ()) -> str:
    """16 hex digits for `script` (relative to the project) and `modules` (dotted names) with their import closure."""
    lines = sorted(f"{path.relative_to(ROOT)} {text}" for path, text in _closure(script, modules).items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def module_digests(script: str, modules: Iterable[str] = ()) -> dict[str, str]:
    """File -> 8 hex digits, for every file that `code_digest` covers: which of them changed."""
    return {str(path.relative_to(ROOT)): hashlib.sha256(text.encode()).hexdigest()[:8]
            for path, text in sorted(_closure(script, modules).items())}


def _closure(script: str, modules: Iterable[str]) -> dict[Path, str]:
    """File -> its meaning as text."""
    todo = [ROOT / script, *(path for name in modules for path in _files(name))]
    seen: dict[Path, str] = {}
    while todo:
        path = todo.pop()
        if path not in seen:
            seen[path], imported = _read(path)
            todo += [p for name in imported for p in _files(name) if p.stem != "registry"]
    return seen


@cache
def _read(path: Path) -> tuple[str, tuple[str, ...]]:
    """The meaning of a file as text, and the names of all modules it may import."""
    tree = ast.parse(path.read_text())
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return ast.dump(_without_strings(tree)), tuple(sorted(imported))


def _without_strings(tree: ast.AST) -> ast.AST:
    """Drop every statement that is nothing but a string: docstrings of modules, classes, functions and attributes."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)  # type: ignore
                                                 and isinstance(s.value.value, str))]
    return tree


@cache
def _files(name: str) -> tuple[Path, ...]:
    """The files of this project that importing `name` runs: the module itself and the packages above it."""
    parts = name.split(".")
    folders = [ROOT, ROOT / "stages"]
    found = [folder.joinpath(*parts).with_suffix(".py") for folder in folders]
    found += [ROOT.joinpath(*parts[:n], "__init__.py") for n in range(1, len(parts) + 1)]
    return tuple(path for path in found if path.is_file())
