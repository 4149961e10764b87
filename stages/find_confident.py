"""Find the confident areas of score maps, which affinities learn from: one folder of label PNGs for
each shard, with 255 where no label is certain.

    python stages/find_confident.py psa --index index.json --maps maps/*.h5 --out confident
"""

from argparse import Namespace

from _project import Stage
from wsss.affinity.registry import CONFIDENT
from wsss.data.images import IGNORE, write_labels
from wsss.data.index import Index, read_digests
from wsss.data.maps import MapReader
from wsss.data.shards import parse_shard, photos_of
from wsss.data.suspicion import LabelWatch, note_seen
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.run.records import Json
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> Json:
    index, maps = Index.load(args.index, parse_shard(args.shard)), MapReader(args.maps)
    ignored = []  # share of the pixels of each photo
    watch = LabelWatch(index.labels)
    find = load(CONFIDENT[args.method].code)
    with atomic(args.out) as folder:
        folder.mkdir()
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            labels = find(pixels, maps[photo.id], settings)
            ignored.append(float((labels == IGNORE).mean()))
            write_labels(folder / f"{photo.id}.png", labels)
            watch.add(labels)
    print(f"ignored: {100 * sum(ignored) / max(1, len(ignored)):.1f} % of the pixels")
    return note_seen(watch.seen())


STAGE = Stage(__file__, __doc__, CONFIDENT)
STAGE.index("the dataset's index", read_digests)
STAGE.input("maps", "shards of score maps (.h5)", nargs="+")
STAGE.option("split", "the split", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the folder of confident areas")

if __name__ == "__main__":
    STAGE.run(main)
