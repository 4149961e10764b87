"""Read COCO, or a dataset in its layout, into an index, check all photos, and print a summary with
all problems. Masks are not drawn: draw_masks.py does that, from the folder of objects.

    python stages/index_coco.py --name coco --data-root COCO --objects objects --masks masks \\
        --out index.json

It writes index.json (the head), index.jsonl (a line for each photo), and index.seen.jsonl (a cache,
so that the next run reads only photos that changed).
"""

from argparse import Namespace
from pathlib import Path

from _index import add_options, files_beside, read_annotations, with_corrections

from _project import Stage
from wsss.brought.annotations import add_annotations
from wsss.brought.checks import check_index
from wsss.data.file_cache import open_cache
from wsss.datasets.coco_index import Drawing, read_coco
from wsss.datasets.coco_layout import CocoFolder
from wsss.datasets.coco_settings import CocoSettings
from wsss.datasets.state import coco_state, with_annotations
from wsss.run.files import atomic


def main(args: Namespace, settings: CocoSettings) -> None:
    if args.objects is None:
        return make_index(args, settings, None)
    with atomic(args.objects) as objects:
        objects.mkdir(parents=True)
        make_index(args, settings, objects)


def make_index(args: Namespace, settings: CocoSettings, objects: Path | None) -> None:
    """Write the index, and the objects to the folder `objects` if there is one."""
    beside = read_annotations(args)
    folder = CocoFolder.find(args.data_root, settings.year)
    state = with_annotations(coco_state(folder, args.shards, settings.without), files_beside(args))
    with open_cache(args.out, args.data_root, state, args.afresh) as cache:
        drawing = Drawing(args.masks, args.shards, objects)
        index, account = read_coco(args.name, args.data_root, settings, drawing, cache)
        index = add_annotations(index, beside, "train", account, cache)
        index = with_corrections(index, args, "train", cache)
        print(account.text())
        index = check_index(index, cache)
        index.save(args.out)


STAGE = Stage(__file__, __doc__, settings=CocoSettings)
add_options(STAGE, "the folder with annotations/, train2017/ and val2017/, or of 2014")
STAGE.option(
    "masks",
    "the folder that the masks will be in, as the index names it",
    affects_result=False,
    default="masks",
)
STAGE.option("shards", "shards in which masks are drawn", affects_result=False, type=int, default=8)
STAGE.output("objects", "the folder for the objects of each shard", required=False)
STAGE.output("out", "the index (JSON; its photos go to the same name with .jsonl)")

if __name__ == "__main__":
    STAGE.run(main)
