"""Gather the instances of all shards into one COCO dataset (JSON), and score them against the true
boxes of the photos.

    python stages/write_instances.py --index index.json --shards instances/*.json \\
        --coco voc_instances.json --score ap.json
"""

from argparse import Namespace
from typing import Any

from _project import Stage
from wsss.data.coco import coco_dataset
from wsss.data.index import Index, read_digests
from wsss.data.voc import true_boxes
from wsss.run.artifacts import read_object
from wsss.run.errors import UserError
from wsss.run.files import write_json
from wsss.run.settings import Settings
from wsss.score.instances import box_precision


def main(args: Namespace, settings: Settings) -> None:
    index = Index.load(args.index)
    rows: dict[str, Any] = {}
    for path in args.shards:
        rows.update(read_object(path))
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


STAGE = Stage(__file__, __doc__)
STAGE.index("the dataset's index", read_digests, reads=("boxes",))
STAGE.input("shards", "the instances of each shard (JSON)", nargs="+")
STAGE.option("split", "the split", default="train")
STAGE.output("coco", "the dataset (COCO JSON)")
STAGE.output("score", "its average precision at a box IoU of 0.5 (JSON)")

if __name__ == "__main__":
    STAGE.run(main)
