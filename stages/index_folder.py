"""Read a folder of photos and their tags into an index, and check every photo and mask of it; tells what was understood.

    python stages/index_folder.py --name pets --data-root photos --tags labels.csv --out index.json
"""

from pathlib import Path

from _house import Stage
from wsss.run.files import write_json
from wsss.data.folder import read_folder
from wsss.data.folder_settings import FolderIndexSettings
from wsss.data.index import checked


def main(args, settings):
    index, account = read_folder(args.name, args.data_root, settings)
    print(account.text())
    index = checked(index)
    if args.counts:
        write_json(args.counts, {name: len(ids) for name, ids in index.splits.items()})
    index.save(args.out)


STAGE = Stage(__file__, __doc__, settings=FolderIndexSettings)
STAGE.option("name", "the dataset's name", required=True)
STAGE.option("data_root", "the folder with the photos", required=True, type=Path)
STAGE.output("counts", "where to write how many photos each split has (JSON)", required=False)
STAGE.output("out", "the index (JSON)")

if __name__ == "__main__":
    STAGE.run(main)
