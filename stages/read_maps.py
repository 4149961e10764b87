"""Read class maps that other code has written: one HDF5 file of score maps for each shard.

python stages/read_maps.py folder --index index.json --folder DIR --out maps.h5
"""

from argparse import Namespace

from _project import Stage
from wsss.cams.map_source import MapRequest
from wsss.cams.registry import MAP_SOURCES
from wsss.data.images import photo_size
from wsss.data.index import Index, read_digests
from wsss.data.maps import map_writer
from wsss.data.shards import parse_shard, show_progress
from wsss.run.methods import load
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> None:
    shard = parse_shard(args.shard)
    index = Index.load(args.index, shard)
    read = load(MAP_SOURCES[args.method].code)
    photos = index.split(args.split, shard)  # split() alone asks for all shards
    dropped = zeroed = 0
    with map_writer(args.out, **settings.model_dump(mode="json", exclude_none=True)) as writer:
        for photo in show_progress(photos):
            size = photo_size(index.image_path(photo))
            found = read(MapRequest(photo.id, photo.tags, size, index.classes), settings)
            writer.add(photo.id, found.item)
            dropped += found.dropped
            zeroed += found.zeroed
    print(f"left out {dropped} maps of classes that are not among their photo's tags")
    if zeroed:
        print(f"{zeroed} tags have no map and got zeros")


STAGE = Stage(__file__, __doc__, MAP_SOURCES)
STAGE.index("the dataset's index", read_digests)
STAGE.option("split", "the split to read maps of", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the maps (.h5)")

if __name__ == "__main__":
    STAGE.run(main)
