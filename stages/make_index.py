"""Read a dataset in VOC layout into an index, and check every photo and mask of it.

    python stages/make_index.py --name voc --data-root VOCdevkit/VOC2012 --out index.json
"""

from pathlib import Path

from _house import Stage
from wsss.run.files import write_json
from wsss.data.index import checked
from wsss.data.voc import read_classes, read_voc
from wsss.data.voc_settings import IndexSettings


def main(args, settings):
    index = read_voc(args.name, args.data_root, read_classes(args.data_root), settings.train_split, settings.seed)
    checked(index).save(args.out)
    counts = {name: len(ids) for name, ids in index.splits.items()}
    if args.counts:
        write_json(args.counts, counts)
    print(f"{args.name}: {len(index.photos)} photos, {len(index.classes)} classes, splits {counts}")


STAGE = Stage(__file__, __doc__, settings=IndexSettings)
STAGE.option("name", "the dataset's name", required=True)
STAGE.option("data_root", "the folder in VOC layout; classes.txt in it names other classes than VOC's", required=True,
             type=Path)
STAGE.output("counts", "where to write how many photos each split has (JSON)", required=False)
STAGE.output("out", "the index (JSON)")

if __name__ == "__main__":
    STAGE.run(main)
