"""Read a folder of photos and their tags into an index, check all photos and masks, and print a
summary with all problems.

    python stages/index_folder.py --name pets --data-root photos --tags labels.csv --out index.json

It writes index.json (the head), index.jsonl (a line for each photo), and index.seen.jsonl (a cache,
so that the next run reads only files that changed).
"""

from argparse import Namespace

from _index import add_options, files_beside, read_annotations, with_corrections

from _project import Stage
from wsss.brought.account import Account
from wsss.brought.checks import check_index
from wsss.brought.folder_settings import FolderSettings
from wsss.brought.mask_doubts import note_mask_doubts
from wsss.data.file_cache import open_cache
from wsss.datasets.folder import read_folder
from wsss.datasets.state import folder_state, with_annotations
from wsss.run.files import write_json


def main(args: Namespace, settings: FolderSettings) -> None:
    tables = settings.tags, settings.splits, settings.groups, settings.fixes
    beside = read_annotations(args)
    state = with_annotations(
        folder_state(args.data_root, settings.masks, *tables), files_beside(args)
    )
    with open_cache(args.out, args.data_root, state, args.afresh) as cache:
        index, account = read_folder(args.name, args.data_root, settings, cache, beside)
        print(account.text())
        index = with_corrections(index, args, "train", cache)
        index = check_index(index, cache)
        note_mask_doubts(index, Account(), cache)  # refuses masks without any class
        index.save(args.out)
    if args.counts:
        write_json(args.counts, {name: len(ids) for name, ids in index.splits.items()})


STAGE = Stage(__file__, __doc__, settings=FolderSettings)
add_options(STAGE, "the folder with the photos")
STAGE.output("counts", "where to write the number of photos of each split (JSON)", required=False)
STAGE.output("out", "the index (JSON; its photos go to the same name with .jsonl)")

if __name__ == "__main__":
    STAGE.run(main)
