"""The code digest: a hash of the code that a stage runs. Comments, docstrings and layout do not
count.

It covers the script, the chosen method, and every file of this project that these load, directly or
through other files:
- by imports, absolute or relative;
- by names of modules in strings, such as "wsss.cams.export:export_raw_maps";
- as data: the files in a folder that has the name of its module (`page.py` and `page/`).
Files called `registry.py` hold tables of methods and nothing else. Of such a table only the chosen
entry counts.

All files are read when this module is imported. So a process hashes the code that it runs, even if
files change meanwhile.
"""

import ast
import hashlib
import re
from functools import cached_property
from pathlib import Path

from wsss.run.methods import Method

ROOT = Path(__file__).resolve().parents[2]
"""the project's folder"""
FOLDERS = ("wsss", "stages")
"""the folders with code that stages may run"""
MODULE = re.compile(r"wsss(\.\w+)+(:\w+)?")
"""matches "wsss.cams.export" and "wsss.cams.export:export_raw_maps", which name a module"""


class Code:
    """The sources of the project in the folder `root`, read once."""

    def __init__(self, root: Path = ROOT) -> None:
        self._files: dict[str, bytes] = {}
        for folder in FOLDERS:
            for path in sorted((root / folder).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    self._files[path.relative_to(root).as_posix()] = path.read_bytes()
        self._trees: dict[str, tuple[str, frozenset[str]]] = {}

    def digest(self, script: str, method: Method | None = None) -> str:
        """The code digest, 16 hex digits, of a script (a path in the project) and a method."""
        lines = sorted(f"{file} {text}" for file, text in self._reached(script, method).items())
        return hashlib.sha256("\n".join([*lines, repr(method)]).encode()).hexdigest()[:16]

    def of_module(self, name: str) -> str:
        """The code digest of a module of this project; "" for a module of another package."""
        files = self._files_of(name)
        return self.digest(files[0]) if files else ""

    def modules(self, script: str, method: Method | None = None) -> dict[str, str]:
        """File -> 8 hex digits, for every file that `digest` covers; says which files changed."""
        reached = sorted(self._reached(script, method).items())
        return {file: hashlib.sha256(text.encode()).hexdigest()[:8] for file, text in reached}

    def _reached(self, script: str, method: Method | None) -> dict[str, str]:
        """File -> its syntax tree as text (of data a hash), for every file that is loaded."""
        todo = [script]
        for name in method.modules if method else []:
            todo += self._files_of(name)
        reached: dict[str, str] = {}
        while todo:
            file = todo.pop()
            if file in reached:
                continue
            reached[file], names = self._parse(file)
            for name in names:
                todo += [other for other in self._files_of(name) if not _is_registry(other)]
            for data in self._data_of(file):
                reached[data] = hashlib.sha256(self._files[data]).hexdigest()
        return reached

    def _parse(self, file: str) -> tuple[str, frozenset[str]]:
        """The syntax tree of a source file as text without docstrings, and the names of all modules
        that it may load.
        """
        if file not in self._trees:
            tree = ast.parse(self._files[file])
            names: set[str] = set()
            for node in ast.walk(tree):
                names.update(_loaded(node, file))
            self._trees[file] = ast.dump(_without_docstrings(tree)), frozenset(names)
        return self._trees[file]

    def _files_of(self, name: str) -> list[str]:
        """The files that importing `name` runs: the module itself and the packages above it."""
        parts = name.partition(":")[0].split(".")
        files = ["/".join(parts) + ".py", f"stages/{'/'.join(parts)}.py"]
        files += ["/".join([*parts[:n], "__init__.py"]) for n in range(1, len(parts) + 1)]
        return [file for file in files if file in self._files]

    def _data_of(self, file: str) -> list[str]:
        """The data of a module: the files in the folder of its name, unless that is a package."""
        folder = file.removesuffix(".py")
        return [] if f"{folder}/__init__.py" in self._files else self._in_folder.get(folder, [])

    @cached_property
    def _in_folder(self) -> dict[str, list[str]]:
        """Folder -> the files below it."""
        found: dict[str, list[str]] = {}
        for file in self._files:
            for parent in Path(file).parents:
                found.setdefault(parent.as_posix(), []).append(file)
        return found


def _is_registry(file: str) -> bool:
    return file.endswith("/registry.py")


def _loaded(node: ast.AST, file: str) -> list[str]:
    """The modules that a node of a file's syntax tree names."""
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
    """The package that the dots of a relative import stand for; () for an absolute import."""
    return Path(file).parts[:-level] if level else ()


def _without_docstrings(tree: ast.AST) -> ast.AST:
    """The tree without statements that are only a string: docstrings of modules, classes, functions
    and attributes. Changes `tree`.
    """
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            kept = [statement for statement in body if not _is_string(statement)]
            node.body = kept  # type: ignore[attr-defined]
    return tree


def _is_string(statement: ast.AST) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


CODE = Code()
"""the code of the project that this process runs"""
