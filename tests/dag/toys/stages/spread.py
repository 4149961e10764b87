"""Spread maps and saliency by a network of several tasks: two artifacts of two types."""

from dataclasses import replace

import numpy as np

from _project import Stage
from wsss.data.images import write_grey
from wsss.data.index import Index, read_digests
from wsss.data.maps import MapReader, map_writer
from wsss.data.shards import parse_shard
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.saliency.maps import SaliencyMaps
from wsss.toys.registry import SPREAD


def main(args, settings):
    shard = parse_shard(args.shard)
    index, mix = Index.load(args.index, shard), load(SPREAD[args.method].code)
    maps, saliency = MapReader(args.maps), SaliencyMaps(args.original)
    with map_writer(args.out_maps) as writer, atomic(args.out_saliency) as folder:
        folder.mkdir()
        for photo in index.split(args.split, shard):
            item = maps[photo.id]
            scores = mix(
                item.scores.astype(np.float32), item.scores.astype(np.float32) ** 2, settings
            )
            writer.add(photo.id, replace(item, scores=scores))
            before = saliency.read(photo.id, item.size)
            write_grey(folder / f"{photo.id}.png", mix(before, before**2, settings))


STAGE = Stage(__file__, __doc__, SPREAD)
STAGE.index("the dataset's index", read_digests)
STAGE.input("model", "the network")
STAGE.input("maps", "shards of maps", nargs="+")
STAGE.input("original", "folders of saliency maps", nargs="+")
STAGE.option("split", "the split", default="train")
STAGE.option("shard", "k/n")
STAGE.output("out_maps", "the maps (.h5)")
STAGE.output("out_saliency", "the folder of saliency maps")

if __name__ == "__main__":
    STAGE.run(main)
