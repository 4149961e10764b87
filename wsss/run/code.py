"""Code as an input: a hash of what a stage would execute, blind to comments, docstrings and layout.

It covers the script, the chosen method, and every file of this project that they reach: by imports,
absolute or relative; by names of modules in strings, such as "wsss.cams.export:export_raw_maps";
and by data, which is what lies in a folder that has the name of its module (`page.py` and `page/`).
Files called `registry.py` hold tables of methods and nothing else: of these the chosen entry
counts, not the others.

All files are read when this module is imported, so that a process names the code that it began
with.
"""

import ast
import hashlib
import re
from functools import cached_property
from pathlib import Path

from wsss.run.methods import Method

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("wsss", "stages")
MODULE = re.compile(r"wsss(\.\w+)+(:\w+)?")
"""a string that names a module, and perhaps what is in it"""


class Code:
    """The sources of the project in the folder `root`, as they are now."""

    def __init__(self, root: Path = ROOT) -> None:
        self._files: dict[str, bytes] = {}
        for folder in FOLDERS:
            for path in sorted((root / folder).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    self._files[path.relative_to(root).as_posix()] = path.read_bytes()
        self._read: dict[str, tuple[str, frozenset[str]]] = {}

    def digest(self, script: str, method: Method | None = None) -> str:
        """16 hex digits for `script` (relative to the project) and a method, with all that they
        reach.
        """
        lines = sorted(f"{file} {text}" for file, text in self._reached(script, method).items())
        return hashlib.sha256("\n".join([*lines, repr(method)]).encode()).hexdigest()[:16]

    def of_module(self, name: str) -> str:
        """16 hex digits for a module of this project, with all that it reaches; of others none."""
        files = self._files_of(name)
        return self.digest(files[0]) if files else ""

    def modules(self, script: str, method: Method | None = None) -> dict[str, str]:
        """File -> 8 hex digits, for every file that `digest` covers: which of them changed."""
        reached = sorted(self._reached(script, method).items())
        return {file: hashlib.sha256(text.encode()).hexdigest()[:8] for file, text in reached}

    def _reached(self, script: str, method: Method | None) -> dict[str, str]:
        """File -> its meaning as text."""
        todo = [script]
        for name in method.modules if method else []:
            todo += self._files_of(name)
        reached: dict[str, str] = {}
        while todo:
            file = todo.pop()
            if file in reached:
                continue
            reached[file], names = self._meaning(file)
            for name in names:
                todo += [other for other in self._files_of(name) if not _is_registry(other)]
            for data in self._data_of(file):
                reached[data] = hashlib.sha256(self._files[data]).hexdigest()
        return reached

    def _meaning(self, file: str) -> tuple[str, frozenset[str]]:
        """The meaning of a source file as text, and the names of all modules that it may load."""
        if file not in self._read:
            tree = ast.parse(self._files[file])
            names: set[str] = set()
            for node in ast.walk(tree):
                names.update(_loaded(node, file))
            self._read[file] = ast.dump(_without_docstrings(tree)), frozenset(names)
        return self._read[file]

    def _files_of(self, name: str) -> list[str]:
        """The files that importing `name` runs: the module itself and the packages above it."""
        parts = name.partition(":")[0].split(".")
        files = ["/".join(parts) + ".py", f"stages/{'/'.join(parts)}.py"]
        files += ["/".join([*parts[:n], "__init__.py"]) for n in range(1, len(parts) + 1)]
        return [file for file in files if file in self._files]

    def _data_of(self, file: str) -> list[str]:
        """The files in the folder that belongs to a module; a package is no such folder."""
        folder = file.removesuffix(".py")
        return [] if f"{folder}/__init__.py" in self._files else self._in_folder.get(folder, [])

    @cached_property
    def _in_folder(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for file in self._files:
            for parent in Path(file).parents:
                found.setdefault(parent.as_posix(), []).append(file)
        return found


def _is_registry(file: str) -> bool:
    return file.endswith("/registry.py")


def _loaded(node: ast.AST, file: str) -> list[str]:
    """The modules that a node of a file's tree names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        module = ".".join([*_package(file, node.level), *([node.module] if node.module else [])])
        return [module, *(f"{module}.{alias.name}" for alias in node.names)]
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and MODULE.fullmatch(node.value)
    ):
        return [node.value, node.value.partition(":")[0]]
    return []


def _package(file: str, level: int) -> tuple[str, ...]:
    """What the dots of a relative import stand for."""
    return Path(file).parts[:-level] if level else ()


def _without_docstrings(tree: ast.AST) -> ast.AST:
    """Drop every statement that is nothing but a string: docstrings of modules, classes, functions
    and attributes.
    """
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [statement for statement in body if not _is_string(statement)]  # type: ignore[attr-defined]
    return tree


def _is_string(statement: ast.AST) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


CODE = Code()
"""the project's code as this process began with it"""
