"""The figures of confidence that stages/predict.py writes beside masks: a table for each shard, in
the folder of the grey PNGs that hold the probability of each pixel's label.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from wsss.data.places import join_places
from wsss.run.artifacts import way_out
from wsss.run.errors import UserError
from wsss.run.files import require_file, write_json

TABLE = "photos.json"
"""the name of the table in a shard's folder"""


@dataclass(frozen=True)
class Confidence:
    """The figures of one photo, in percent."""

    mean: float
    """the mean probability of the pixels' labels"""
    expected_iou: float
    """the mean IoU that the network expects of its mask (wsss.score.confidence)"""
    without_tag: Mapping[int, float] = field(default_factory=dict)
    """label id -> share of the pixels, of classes that the network alone sees and that are no tag;
    empty where the tags are not known"""


ROWS = TypeAdapter(dict[str, Confidence])


def write_table(folder: Path, rows: Mapping[str, Confidence]) -> None:
    """Write the figures of a shard's photos by their ids."""
    write_json(folder / TABLE, {photo_id: asdict(row) for photo_id, row in rows.items()})


def read_tables(folders: Iterable[str | Path]) -> dict[str, Confidence]:
    """The figures of all photos of some shards by their ids. UserError for a damaged table, and for
    a photo in two tables.

    Photos whose masks a method without probabilities made have none.
    """
    found = [(path, _read_table(path)) for path in (Path(folder) / TABLE for folder in folders)]
    join_places(((name, path) for path, rows in found for name in rows), "figures of photo")
    return {name: row for _, rows in found for name, row in rows.items()}


def _read_table(path: Path) -> dict[str, Confidence]:
    """The figures in one table; UserError for a damaged one."""
    try:
        return ROWS.validate_json(require_file(path).read_bytes())
    except (OSError, ValueError) as error:
        raise UserError(f"table {path} cannot be read ({error}); {way_out(path.parent)}")
