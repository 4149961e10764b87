"""Make a dataset out of a folder of photos: say what was understood of it, and write the
configuration that uses it.

    python stages/new_dataset.py PHOTOS --labels TABLE   CSV, COCO's JSON, a folder of VOC's XMLs
    python stages/new_dataset.py PHOTOS                  a subfolder for each class
"""

import re
import unicodedata
from pathlib import Path

import yaml

from _project import Stage
from wsss.data.checks import find_unusable
from wsss.data.folder import read_folder
from wsss.data.folder_settings import FolderSettings
from wsss.data.file_cache import FileCache
from wsss.run.errors import UserError
from wsss.report.result import write_text

SHARD = 500


def short_name(folder):
    """The letters and digits of a folder's name, without accents, as a dataset's name."""
    plain = unicodedata.normalize("NFKD", folder).lower()
    return re.sub(r"[^a-z0-9]", "", plain).lstrip("0123456789") or "mine"


def main(args, settings):
    given = {
        "tags": args.labels or settings.tags,
        "masks": settings.masks,
        "splits": settings.splits,
        "groups": settings.groups,
    }
    folder = {key: str(Path(path).resolve()) for key, path in given.items() if path is not None}
    if settings.classes:
        folder["classes"] = settings.classes
    seen = FileCache(args.photos)
    index, account = read_folder("new", args.photos, settings.model_copy(update=folder), seen)
    broken = find_unusable(index, seen)
    account.problems |= {"photos and masks that cannot be used": broken} if broken else {}
    print(account.text())
    name = args.name or short_name(args.photos.resolve().name)
    if not re.fullmatch(r"[a-z][a-z0-9]*", name) or name in ("voc", "mini"):
        raise UserError(
            f"--name is '{name}'; small letters and digits are expected, and neither voc nor mini"
        )
    shards = max(2, -(-len(index.photos) // SHARD))
    out = Path(args.out or f"{name}.yaml")
    folder = {**folder, "classes": list(index.classes), "val_share": settings.val_share}
    text = yaml.safe_dump(
        {
            "dataset": name,
            "data_root": str(args.photos.resolve()),
            "shards": shards,
            "folder": folder,
        },
        sort_keys=False,
        allow_unicode=True,
    )
    write_text(
        out,
        "# Made by new_dataset.py: photos with tags of your own. All settings are in config.yaml.\n"
        + text,
    )
    run = f"  snakemake --configfile presets/laptop.yaml {out} --"
    print(
        f"wrote {out}. On two processor cores (on a GPU leave out the preset):\n"
        f"{run} results/default/{name}_masks        # a mask of every photo\n"
        f"{run} results/default/report/index.html    # how they came to be, photo by photo"
    )


STAGE = Stage(__file__, __doc__, settings=FolderSettings)
STAGE.argument("photos", "the folder with the photos, in any subfolders", type=Path)
STAGE.option(
    "labels", "table of tags; without it the name of each photo's first subfolder is its tag"
)
STAGE.option("name", "the dataset's name, of small letters and digits; without it the folder's")
STAGE.option("out", "where to write the configuration (NAME.yaml)")

if __name__ == "__main__":
    STAGE.run(main)
