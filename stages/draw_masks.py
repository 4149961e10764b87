"""Draw the masks of a shard of COCO's photos as palette PNGs, from the objects of the index.

    python stages/draw_masks.py --index index.json --objects objects --split val --shard 0/8 \\
        --out masks/val/0-of-8

The shards are those that the index was made with (--shards of index_coco.py).
"""

from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.data.index import WHOLE, Index, read_digests
from wsss.data.shards import parse_shard
from wsss.datasets.coco_masks import write_masks
from wsss.run.files import atomic


def main(args: Namespace, settings: object) -> None:
    shard = parse_shard(args.shard) or WHOLE
    index = Index.load(args.index, shard)
    with atomic(args.out) as out:
        out.mkdir(parents=True)
        count = write_masks(index, args.split, shard, args.objects, out)
    print(f"{count} masks")


STAGE = Stage(__file__, __doc__)
STAGE.index("the index that index_coco.py made", read_digests, reads=("mask",))
STAGE.option(
    "objects", "the folder that index_coco.py made", affects_result=False, required=True, type=Path
)
STAGE.option("split", "train or val", required=True)
STAGE.option("shard", "k/n: only shard k of n", affects_result=False)
STAGE.output("out", "the folder for the masks ID.png")

if __name__ == "__main__":
    STAGE.run(main)
