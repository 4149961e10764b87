"""Set up a dataset from a folder of photos: print a summary with all problems, and write its
configuration.

    python stages/new_dataset.py PHOTOS --labels TABLE   CSV, COCO's JSON, a folder of VOC's XMLs
    python stages/new_dataset.py PHOTOS                  a subfolder for each class
"""

import shlex
from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.data.checks import find_unusable
from wsss.data.dataset_file import check_name, format_dataset, name_dataset
from wsss.data.file_cache import FileCache
from wsss.data.folder import read_folder
from wsss.data.folder_settings import FolderSettings
from wsss.report.result import write_text


def main(args: Namespace, settings: FolderSettings) -> None:
    settings = settings.model_copy(update=absolute_paths(args, settings))
    cache = FileCache(args.photos)
    index, account = read_folder("new", args.photos, settings, cache)
    unusable = find_unusable(index, cache)
    if unusable:
        account.problems["photos and masks that cannot be used"] = unusable
    print(account.text())
    root = args.photos.resolve()
    name = args.name or name_dataset(root.name)
    check_name(name)
    settings = settings.model_copy(update={"classes": index.classes})
    out = Path(args.out or f"{name}.yaml")
    folder = settings.model_dump(mode="json", exclude_none=True)
    write_text(out, format_dataset(name, str(root), len(index.photos), folder))
    command = f"  snakemake --cores 2 --configfile presets/laptop.yaml {shlex.quote(str(out))} --"
    print(
        f"wrote {out}. On two processor cores (on a GPU leave out the preset):\n"
        f"{command} results/default/{name}_masks        # a mask of every photo\n"
        f"{command} results/default/report/index.html    # how they came to be, photo by photo"
    )


def absolute_paths(args: Namespace, settings: FolderSettings) -> dict[str, str]:
    """The given tables and folders, as absolute paths, so that they hold in any working folder."""
    given = {
        "tags": args.labels or settings.tags,
        "masks": settings.masks,
        "splits": settings.splits,
        "groups": settings.groups,
    }
    return {key: str(Path(path).resolve()) for key, path in given.items() if path is not None}


STAGE = Stage(__file__, __doc__, settings=FolderSettings)
STAGE.argument("photos", "the folder with the photos, which may be in subfolders", type=Path)
STAGE.option(
    "labels", "table of tags; without it the name of each photo's first subfolder is its tag"
)
STAGE.option("name", "the dataset's name, of small letters and digits; without it the folder's")
STAGE.option("out", "where to write the configuration; without it NAME.yaml")

if __name__ == "__main__":
    STAGE.run(main)
