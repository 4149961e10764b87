"""Labels of photos from the points of their scenes."""

from pathlib import Path

import numpy as np

from _project import Stage
from wsss.data.images import photo_size, write_labels
from wsss.data.index import Index, read_digests
from wsss.data.shards import parse_shard
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.toys.registry import PROJECTED


def main(args, settings):
    shard = parse_shard(args.shard)
    index, project = Index.load(args.index, shard), load(PROJECTED[args.method].code)
    found = {path.stem: path for folder in args.points for path in Path(folder).glob("*.npy")}
    with atomic(args.out) as folder:
        folder.mkdir()
        for photo in index.split(args.split, shard):
            points = np.load(found[photo.id], allow_pickle=False)
            write_labels(
                folder / f"{photo.id}.png",
                project(points, photo_size(index.image_path(photo)), settings),
            )


STAGE = Stage(__file__, __doc__, PROJECTED)
STAGE.index("the dataset's index", read_digests)
STAGE.input("points", "folders of points", nargs="+")
STAGE.option("split", "the split", default="train")
STAGE.option("shard", "k/n")
STAGE.output("out", "the folder of labels")

if __name__ == "__main__":
    STAGE.run(main)
