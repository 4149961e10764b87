"""Set up a dataset from a folder of photos: print a summary with all problems, and write its
configuration.

    python stages/new_dataset.py PHOTOS --labels TABLE   CSV, COCO's JSON, a folder of VOC's XMLs
    python stages/new_dataset.py PHOTOS                  a subfolder for each class
"""

import shlex
from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.data.checks import note_unusable
from wsss.data.dataset_file import check_free, check_name, format_dataset, name_dataset
from wsss.data.file_cache import FileCache
from wsss.data.folder import read_folder
from wsss.data.folder_settings import ChoiceSettings, FolderSettings
from wsss.data.mask_doubts import note_mask_doubts
from wsss.report.result import write_text


def main(args: Namespace, choices: ChoiceSettings) -> None:
    settings = FolderSettings(**choices.model_dump(), **texts_of(args))
    root, cache = args.photos.resolve(), FileCache(args.photos)
    name = args.name or name_dataset(root.name)
    check_name(name)
    out = Path(args.out or f"{name}.yaml")
    check_free(out, str(root))
    index, account = read_folder("new", args.photos, settings, cache)
    note_unusable(index, account, cache)
    note_mask_doubts(index, account, cache)
    print(account.text())
    settings = settings.model_copy(update={"classes": index.classes})
    folder = settings.model_dump(mode="json", exclude_defaults=True)
    write_text(out, format_dataset(name, str(root), len(index.photos), folder))
    command = f"  snakemake --cores 2 --configfile presets/laptop.yaml {shlex.quote(str(out))} --"
    print(
        f"wrote {out}. On two processor cores (on a GPU leave out the preset):\n"
        f"{command} results/default/{name}_masks        # a mask of every photo\n"
        f"{command} results/default/report/index.html    # how they came to be, photo by photo"
    )


def texts_of(args: Namespace) -> dict[str, str]:
    """The given tables and folders, as absolute paths, so that they hold in any working folder, and
    the separator.
    """
    given = {"tags": args.labels, "masks": args.masks, "splits": args.splits, "groups": args.groups}
    texts = {key: str(Path(path).resolve()) for key, path in given.items() if path is not None}
    return texts if args.separator is None else {**texts, "separator": args.separator}


STAGE = Stage(__file__, __doc__, settings=ChoiceSettings)
STAGE.argument("photos", "the folder with the photos, which may be in subfolders", type=Path)
STAGE.option(
    "labels", "table of tags; without it the name of each photo's first subfolder is its tag"
)
STAGE.option("masks", "folder of masks, PNGs with the names of the photos, for scores")
STAGE.option("splits", "table of photos and train, val or test; without it val is sampled")
STAGE.option("groups", "table of photos and groups, such as scenes, that are sampled together")
STAGE.option(
    "separator",
    "what separates several tags in one cell; none leaves cells whole; without it ; , |",
)
STAGE.option("name", "the dataset's name, of small letters and digits; without it the folder's")
STAGE.option("out", "where to write the configuration; without it NAME.yaml")

if __name__ == "__main__":
    STAGE.run(main)
