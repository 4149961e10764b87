"""Cut photos into superpixels: a folder for each shard, a 16-bit PNG of region ids for each photo.

python stages/make_superpixels.py slic --index index.json --out superpixels
"""

from argparse import Namespace

from _project import Stage
from wsss.data.images import write_ids
from wsss.data.index import Index, read_digests
from wsss.data.shards import parse_shard, photos_of
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.run.settings import Settings
from wsss.superpixels.registry import SUPERPIXELS


def main(args: Namespace, settings: Settings) -> None:
    index = Index.load(args.index, parse_shard(args.shard))
    make = load(SUPERPIXELS[args.method].code)
    with atomic(args.out) as folder:
        folder.mkdir()
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            write_ids(folder / f"{photo.id}.png", make(pixels, settings))


STAGE = Stage(__file__, __doc__, SUPERPIXELS)
STAGE.index("the index of the photos", read_digests)
STAGE.option("split", "the split whose photos are cut", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the folder of superpixels")

if __name__ == "__main__":
    STAGE.run(main)
