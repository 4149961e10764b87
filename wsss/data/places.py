"""Where the artifact of each photo or scene is, among the files or folders of several shards."""

from collections.abc import Iterable
from pathlib import Path

from wsss.run.errors import UserError


def join_places(found: Iterable[tuple[str, Path]], what: str) -> dict[str, Path]:
    """Name -> its path. UserError, which begins with `what`, for a name that has two paths: nobody
    could say which of them counts.
    """
    places: dict[str, Path] = {}
    for name, path in found:
        if name in places:
            raise UserError(
                f"{what} {name} is in {places[name]} and in {path}; give each shard once, and "
                "only the shards of one artifact"
            )
        places[name] = path
    return places
