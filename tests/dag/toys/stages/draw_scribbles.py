"""Draw labels from strokes, here from rows of masks."""

from _project import Stage
from wsss.data.images import read_labels, write_labels
from wsss.data.index import Index, read_digests
from wsss.data.shards import parse_shard
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.toys.registry import SCRIBBLED


def main(args, settings):
    shard = parse_shard(args.shard)
    index, draw = Index.load(args.index, shard), load(SCRIBBLED[args.method].code)
    with atomic(args.out) as folder:
        folder.mkdir()
        for photo in index.split(args.split, shard):
            write_labels(
                folder / f"{photo.id}.png", draw(read_labels(index.mask_path(photo)), settings)
            )


STAGE = Stage(__file__, __doc__, SCRIBBLED)
STAGE.index("the dataset's index", read_digests)
STAGE.option("split", "the split", default="train")
STAGE.option("shard", "k/n")
STAGE.output("out", "the labels")

if __name__ == "__main__":
    STAGE.run(main)
