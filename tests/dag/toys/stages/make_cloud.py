"""Put the photos of a scene together: points with labels, from masks at first and then from
predictions.
"""

import numpy as np

from _project import Stage
from wsss.data.images import read_labels
from wsss.data.index import Index, read_digests
from wsss.data.label_folder import LabelFolder
from wsss.data.shards import parse_shard
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.toys.registry import CLOUD


def main(args, settings):
    shard = parse_shard(args.shard)
    index, stack = Index.load(args.index, shard), load(CLOUD[args.method].code)
    predicted = LabelFolder(args.predictions) if args.predictions else None
    with atomic(args.out) as folder:
        folder.mkdir()
        for photo in index.split(args.split, shard):
            labels = predicted[photo.id] if predicted else read_labels(index.mask_path(photo))
            np.save(folder / f"{photo.id}.npy", stack(labels, settings))


STAGE = Stage(__file__, __doc__, CLOUD)
STAGE.index("the dataset's index", read_digests)
STAGE.input("predictions", "folders of predictions", nargs="*", required=False, default=[])
STAGE.option("split", "the split", default="train")
STAGE.option("shard", "k/n")
STAGE.output("out", "the folder of points")

if __name__ == "__main__":
    STAGE.run(main)
