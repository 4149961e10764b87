"""Read a dataset in VOC layout into an index, and check every photo and mask.

    python stages/make_index.py --name voc --data-root VOCdevkit/VOC2012 --out index.json

It writes index.json (the head), index.jsonl (a line for each photo), and index.seen.jsonl (a cache,
so that the next run reads only files that changed).
"""

from argparse import Namespace

from _index import add_options, files_beside, read_annotations, with_corrections

from _project import Stage
from wsss.brought.account import Account
from wsss.brought.annotations import add_annotations
from wsss.brought.checks import check_index
from wsss.data.file_cache import open_cache
from wsss.datasets.state import voc_state, with_annotations
from wsss.datasets.voc import read_classes, read_voc
from wsss.datasets.voc_settings import IndexSettings
from wsss.run.files import write_json


def main(args: Namespace, settings: IndexSettings) -> None:
    beside, account = read_annotations(args), Account()
    state = with_annotations(voc_state(args.data_root, settings.train_split), files_beside(args))
    with open_cache(args.out, args.data_root, state, args.afresh) as cache:
        classes = read_classes(args.data_root)
        index = read_voc(args.name, args.data_root, classes, settings.train_split, cache)
        index = add_annotations(index, beside, settings.train_split, account, cache)
        index = with_corrections(index, args, settings.train_split, cache)
        index = check_index(index, cache)
        index.save(args.out)
    print("".join(f"{line}\n" for line in account.problem_lines()), end="")
    counts = {name: len(ids) for name, ids in index.splits.items()}
    if args.counts:
        write_json(args.counts, counts)
    print(f"{args.name}: {len(index.photos)} photos, {len(index.classes)} classes, splits {counts}")


STAGE = Stage(__file__, __doc__, settings=IndexSettings)
add_options(STAGE, "the folder in VOC layout; a classes.txt in it lists classes other than VOC's")
STAGE.output("counts", "where to write the number of photos of each split (JSON)", required=False)
STAGE.output("out", "the index (JSON; its photos go to the same name with .jsonl)")

if __name__ == "__main__":
    STAGE.run(main)
