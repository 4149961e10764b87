"""Set up a dataset from a folder of photos: print a summary with all problems, and write its
configuration.

    python stages/new_dataset.py PHOTOS --tags TABLE     CSV, XLSX, JSON, a folder of VOC's XMLs
    python stages/new_dataset.py PHOTOS                  a subfolder for each class
    python stages/new_dataset.py PHOTOS --scribbles DIR  strokes; also --points and --boxes
"""

import shlex
import sys
from argparse import Namespace
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from _project import Stage
from wsss.brought.account import Account
from wsss.brought.annotation_settings import AnnotationSettings
from wsss.brought.checks import note_unusable
from wsss.brought.folder_settings import ChoiceSettings, FolderSettings
from wsss.brought.mask_doubts import note_mask_doubts
from wsss.data.file_cache import FileCache
from wsss.data.index import Index
from wsss.datasets.dataset_file import (
    check_name,
    count_shards,
    format_dataset,
    keep_order,
    name_dataset,
    name_dropped,
    own_sections,
    read_earlier,
    sum_pixels,
)
from wsss.datasets.folder import read_folder
from wsss.labels.contradictions import find_contradictions
from wsss.report.result import write_text
from wsss.run.errors import printable
from wsss.run.methods import load
from wsss.run.settings import validate

RECIPES = {"scribble": "scribble_ce", "points": "points", "boxes": "boxes"}
"""kind of annotation -> the recipe that trains on it alone"""
MIXTURE = "mixture"
"""the recipe that trains on several things"""
MASKS_TRAIN = (
    "This recipe trains on the masks of the photos in train, too. To keep them for scores alone, "
    "add: --config 'labels={mixture: {order: [scribble, boxes, points]}}'"
)
MASKS_SCORE = (
    "Masks only score what this recipe makes. The recipe mixture trains on those of the photos in "
    "train, and on pseudo-labels elsewhere."
)
CONTRADICTED = "photos whose strokes or clicks contradict each other, unknown at these pixels"


def main(args: Namespace, choices: ChoiceSettings) -> None:
    root, beside = args.photos.resolve(), find_annotations(args)
    name = args.name or name_dataset(root.name)
    check_name(name)
    out = Path(args.out or f"{name}.yaml")
    earlier = read_earlier(out, str(root))
    settings = validate(FolderSettings, {**choices.model_dump(), **texts_of(args)})
    cache = FileCache(args.photos)
    index, account = look_at_photos(args.photos, settings, beside, cache, earlier)
    print(account.text())
    own = own_sections(earlier)
    written = {
        "dataset": name,
        "data_root": str(root),
        "shards": count_shards(len(index.photos), sum_pixels(index, cache)),
        "folder": describe_folder(settings, index),
        **describe_annotations(beside),
        **own,
    }
    write_text(out, format_dataset(written))
    print_changes(out, own, name_dropped(earlier, written))
    recipe = choose_recipe(beside, args.tags)
    print_commands(out, recipe, name)
    if args.masks:
        print(MASKS_TRAIN if recipe == MIXTURE else MASKS_SCORE)
    if recipe == "default" and any(photo.tags for photo in index.photos.values()):
        print_hint(index.classes)


def look_at_photos(
    photos: Path,
    settings: FolderSettings,
    beside: AnnotationSettings,
    cache: FileCache,
    earlier: Mapping[str, Any],
) -> tuple[Index, Account]:
    """The index and the account of all problems. Without classes in the settings these are in the
    order of the `earlier` configuration, if there is one.
    """
    index, account = read_folder("new", photos, settings, cache, beside)
    classes = keep_order(index.classes, earlier)
    if settings.classes is None and classes != index.classes:
        settings = settings.model_copy(update={"classes": classes})
        index, account = read_folder("new", photos, settings, cache, beside)
    note_unusable(index, account, cache)
    note_mask_doubts(index, account, cache)
    contradicted = find_contradictions(index)
    if contradicted:
        account.problems[CONTRADICTED] = contradicted
    return index, account


def describe_folder(settings: FolderSettings, index: Index) -> dict[str, Any]:
    """The section `folder`: the settings that were given, and the classes in their order."""
    settings = settings.model_copy(update={"classes": index.classes})
    return settings.model_dump(mode="json", exclude_defaults=True)


def describe_annotations(beside: AnnotationSettings) -> dict[str, Any]:
    """The section of strokes, clicks and boxes; {} without any."""
    return {"annotations": beside.model_dump(mode="json")} if beside.paths else {}


def print_changes(out: Path, kept: Collection[str], dropped: Collection[str]) -> None:
    """Say what became of an earlier file: the owner's sections, and options that are not given."""
    if kept:
        print(printable(f"kept in {out}, as you added it: {', '.join(map(str, kept))}"))
    if dropped:
        print(
            printable(f"no longer in {out}: {', '.join(dropped)}")
            + "; to keep it, give all options of the first time again"
        )


def print_commands(out: Path, recipe: str, name: str) -> None:
    """Say what was written, and what to type next."""
    command = f"  snakemake --cores 2 --configfile presets/laptop.yaml {shlex.quote(str(out))} --"
    print(
        f"wrote {out}. On two processor cores (on a GPU leave out the preset) this makes a mask of "
        f"every photo:\n{command} results/{recipe}/{name}_masks\n"
        f"and this a report of how each came to be:\n{command} results/{recipe}/report/index.html"
    )


def print_hint(classes: Sequence[str]) -> None:
    """Say which of the classes ImageNet's own classifier knows."""
    sys.stdout.flush()  # to load what knows ImageNet takes seconds
    line = load("wsss.classify.imagenet_hint:hint_at_imagenet")(classes)
    if line is not None:
        print(printable(line))


def texts_of(args: Namespace) -> dict[str, str]:
    """The given tables and folders, as absolute paths, so that they hold in any working folder, and
    the separator.
    """
    given = {"tags": args.tags, "fixes": args.fixes, "masks": args.masks}
    given |= {"splits": args.splits, "groups": args.groups}
    texts = {key: str(Path(path).resolve()) for key, path in given.items() if path is not None}
    return texts if args.separator is None else {**texts, "separator": args.separator}


def find_annotations(args: Namespace) -> AnnotationSettings:
    """The given files and folders of strokes, clicks and boxes, as absolute paths."""
    found = {}
    for name in AnnotationSettings.model_fields:
        found[name] = [str(Path(path).resolve()) for path in getattr(args, name)]
    return AnnotationSettings.model_validate(found)


def choose_recipe(beside: AnnotationSettings, tags: str | None) -> str:
    """The recipe that trains on what is given: tags, one kind of annotations, or several things."""
    kinds = [RECIPES[kind] for kind, files in beside.sources.items() if files]
    if not kinds:
        return "default"
    return kinds[0] if len(kinds) == 1 and tags is None else MIXTURE


STAGE = Stage(__file__, __doc__, settings=ChoiceSettings)
STAGE.argument("photos", "the folder with the photos, which may be in subfolders", type=Path)
STAGE.option(
    "tags",
    "table of tags; without it the name of each photo's first subfolder is its tag",
    also=["labels"],
)
STAGE.option("fixes", "table of tags that are fixed, as the report saves it; it wins over --tags")
STAGE.option("scribbles", "files and folders of strokes", nargs="*", default=[])
STAGE.option("points", "files and folders of clicks", nargs="*", default=[])
STAGE.option("boxes", "files and folders of boxes", nargs="*", default=[])
STAGE.option("masks", "folder of masks, PNGs with the names of the photos, for scores")
STAGE.option(
    "splits",
    "table of photos and train, val or test, or folder with train.txt and val.txt; without it val "
    "is sampled",
)
STAGE.option("groups", "table of photos and groups, such as scenes, that are sampled together")
STAGE.option(
    "separator",
    "what separates several tags in one cell; none leaves cells whole; without it ; , |",
)
STAGE.option("name", "the dataset's name, of small letters and digits; without it the folder's")
STAGE.option("out", "where to write the configuration; without it NAME.yaml")

if __name__ == "__main__":
    STAGE.run(main)
