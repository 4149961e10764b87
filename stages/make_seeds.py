"""Make sparse seeds from score maps: one folder of label PNGs for each shard, with 255 where there
is no seed.

    python stages/make_seeds.py threshold --index index.json --maps maps/*.h5 --out seeds
"""

from argparse import Namespace

import numpy as np

from _project import Stage
from wsss.data.images import write_labels
from wsss.data.index import Index, read_digests
from wsss.data.maps import MapReader
from wsss.data.shards import parse_shard
from wsss.data.suspicion import LabelWatch, note_seen
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.run.records import Json
from wsss.run.settings import Settings
from wsss.saliency.maps import SaliencyMaps
from wsss.seeds.registry import SEEDERS
from wsss.seeds.threshold_file import read_thresholds


def main(args: Namespace, settings: Settings) -> Json:
    index, maps = Index.load(args.index, parse_shard(args.shard)), MapReader(args.maps)
    saliency = SaliencyMaps(args.saliency) if args.saliency else None
    make = load(SEEDERS[args.method].code)
    if args.thresholds:
        settings = read_thresholds(args.thresholds).replace_in(settings, bool(args.saliency))
    constant_maps, watch = 0, LabelWatch(index.labels)
    with atomic(args.out) as folder:
        folder.mkdir()
        for photo in index.split(args.split, parse_shard(args.shard)):
            item = maps[photo.id]
            saliency_map = saliency.read(photo.id, item.size) if saliency else None
            if saliency_map is not None and np.ptp(saliency_map) == 0:
                constant_maps += 1
            seeds = make(item, settings, saliency_map)
            write_labels(folder / f"{photo.id}.png", seeds)
            watch.add(seeds)
    if constant_maps:
        print(
            f"{constant_maps} photos have a saliency map of one single value and get no background "
            "seeds from it"
        )
    return note_seen(watch.seen())


STAGE = Stage(__file__, __doc__, SEEDERS)
STAGE.index("the dataset's index", read_digests)
STAGE.input(
    "maps",
    "shards of score maps (.h5), for methods that start from them",
    nargs="*",
    required=False,
    default=[],
)
STAGE.input(
    "saliency",
    "folders of saliency maps, for the background; without them the maps' own background",
    nargs="*",
    required=False,
    default=[],
)
STAGE.input("thresholds", "thresholds (JSON) in place of those of the settings", required=False)
STAGE.option("split", "the split to make seeds of", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the folder of seeds")

if __name__ == "__main__":
    STAGE.run(main)
