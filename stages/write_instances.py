"""Gather the instances of all shards into one COCO dataset (JSON), and score them against the true
boxes of the photos.

    python stages/write_instances.py --index index.json --shards instances/*.json \\
        --coco voc_instances.json --score ap.json
"""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _project import Stage
from wsss.brought.true_boxes import true_boxes
from wsss.data.index import Index, read_digests
from wsss.data.instances import coco_dataset
from wsss.data.places import join_places
from wsss.run.artifacts import read_object
from wsss.run.errors import UserError
from wsss.run.files import write_json
from wsss.run.settings import Settings
from wsss.score.instances import box_precision


def main(args: Namespace, settings: Settings) -> None:
    index, rows = Index.load(args.index), read_rows(args.shards)
    photos = [photo.id for photo in index.split(args.split)]
    missing = next((photo_id for photo_id in photos if photo_id not in rows), None)
    if missing is not None:
        raise UserError(
            f"no shard has the instances of photo {missing} of split {args.split}; name all its "
            "shards"
        )
    found = coco_dataset(index, ((i, rows[i]["size"], rows[i]["instances"]) for i in photos))
    truth = coco_dataset(index, ((i, rows[i]["size"], true_boxes(index, i)) for i in photos))
    write_json(args.coco, found)
    write_json(
        args.score,
        {
            "what": "instances",
            "split": args.split,
            "images": len(photos),
            "instances": len(found["annotations"]),
            "true_boxes": len(truth["annotations"]),
            **box_precision(found, truth),
        },
    )


def read_rows(shards: Sequence[str]) -> dict[str, Any]:
    """Photo id -> its size and its instances; UserError for a photo in two shards."""
    found = [(Path(path), read_object(path)) for path in shards]
    join_places(((name, path) for path, rows in found for name in rows), "instances of photo")
    return {name: row for _, rows in found for name, row in rows.items()}


STAGE = Stage(__file__, __doc__)
STAGE.index("the dataset's index", read_digests, reads=("boxes",))
STAGE.input("shards", "the instances of each shard (JSON)", nargs="+")
STAGE.option("split", "the split", default="train")
STAGE.output("coco", "the dataset (COCO JSON)")
STAGE.output("score", "its average precision at a box IoU of 0.5 (JSON)")

if __name__ == "__main__":
    STAGE.run(main)
