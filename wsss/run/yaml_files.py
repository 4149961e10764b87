"""Reads YAML of any origin: no code in it runs, and a small file takes little time and memory."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from wsss.run.errors import UserError
from wsss.run.files import require_file

MOST = 100_000
"""the largest number of values of a text, with its aliases (*NAME) written out: a short text with
aliases of aliases could stand for more than any memory holds"""
DEEPEST = 50
"""the largest depth of [ and {; the time that the scanner takes grows with its square"""


def read_yaml(path: Path, what: str) -> dict[str, Any]:
    """The mapping in a YAML file; {} where the file holds anything else.

    UserError, which begins with `what` and the path, where it cannot be read (`parse_yaml`).
    """
    try:
        raw = parse_yaml(require_file(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{what} {path} cannot be read: {error}")
    return raw if isinstance(raw, dict) else {}


def parse_yaml(text: str) -> Any:
    """The value of a YAML text. ValueError, in one line, for what is no YAML, is too deep or stands
    for too much, and where a mapping repeats a key (YAML itself takes the last value).
    """
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _count(node, {})
        return loader.construct_document(node)
    except RecursionError:
        raise ValueError("it nests too deep") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise ValueError(" ".join(str(error).split())) from None


class _Loader(yaml.SafeLoader):
    """The safe YAML loader, which also refuses repeated keys and deep nests."""

    def compose_mapping_node(self, anchor: Any) -> Any:
        """Refuses a repeated key. It looks at the node, before YAML's merge key (<<) copies keys of
        other mappings in, which may repeat.
        """
        node = super().compose_mapping_node(anchor)
        keys: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in keys:
                raise yaml.YAMLError(
                    f"the key '{key.value}' stands twice, the second time in line "
                    f"{key.start_mark.line + 1}; keep one of them, or rename one"
                )
            keys.add(key.value)
        return node

    def fetch_flow_collection_start(self, token: Any) -> None:
        """Refuses a [ or { inside of too many others."""
        if self.flow_level >= DEEPEST:
            raise yaml.YAMLError(f"it nests deeper than {DEEPEST} levels")
        super().fetch_flow_collection_start(token)


def _count(node: yaml.Node, counted: dict[int, int]) -> int:
    """The number of values of a node with its aliases written out; `counted` holds those of nodes
    that were counted, 0 for those that are being counted.
    """
    known = counted.setdefault(id(node), 0)
    if known:
        return known
    total = 1
    for part in _parts(node):
        if counted.get(id(part)) == 0:
            raise yaml.YAMLError("an alias stands inside of what it stands for")
        total += _count(part, counted)
    if total > MOST:
        raise yaml.YAMLError(f"with its aliases written out it has more than {MOST} values")
    counted[id(node)] = total
    return total


def _parts(node: yaml.Node) -> Sequence[yaml.Node]:
    """The values, and the keys, directly in a node."""
    if isinstance(node, yaml.MappingNode):
        return list(chain.from_iterable(node.value))
    return node.value if isinstance(node, yaml.SequenceNode) else []
