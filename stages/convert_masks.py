"""Convert masks in colours, or with values of their own, to label maps with the classes of a
dataset.

    python stages/convert_masks.py MASKS --config photos.yaml --table labelmap.txt --out NEW
    python stages/convert_masks.py MASKS --config photos.yaml --out NEW        VOC's colours

A table has a line for each class: CVAT's `cat:128,0,0::`, or a value: `cat: 255`.
"""

from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.data.images import write_labels
from wsss.data.mask_colours import convert_mask, read_table, voc_table
from wsss.data.walk import files_below
from wsss.run.errors import UserError
from wsss.run.files import atomic
from wsss.run.settings import Settings
from wsss.run.yaml_files import read_yaml

PNG = ".png"


def main(args: Namespace, settings: Settings) -> None:
    classes = read_classes(args.config)
    table = read_table(args.table, classes) if args.table else voc_table(len(classes))
    files = find_masks(args.masks, args.out)
    for path, out in files.items():
        out.parent.mkdir(parents=True, exist_ok=True)
        labels = convert_mask(path, table)
        with atomic(out) as temporary:
            write_labels(temporary, labels)
    print(f"{len(files)} masks in {args.out}")


def read_classes(config: Path) -> tuple[str, ...]:
    """The classes of a configuration; UserError where it names none."""
    section = read_yaml(config, "configuration").get("folder")
    classes = section.get("classes") if isinstance(section, dict) else None
    if not isinstance(classes, list) or not classes:
        raise UserError(f"{config} has no folder.classes; new_dataset.py writes such a file")
    return tuple(map(str, classes))


def find_masks(masks: Path, out: Path) -> dict[Path, Path]:
    """Mask -> its label map. UserError for no mask, and where a label map would take the place of a
    mask, or of another label map.
    """
    if out.resolve() == masks.resolve():
        raise UserError(f"{out} holds the masks, which would be replaced; name another --out")
    found = sorted(Path(entry.path) for entry in files_below(masks, (PNG,), out.resolve()))
    if not found:
        raise UserError(f"there is no {PNG} in {masks}; name the folder of the masks")
    made = {path: out / path.relative_to(masks).with_suffix(PNG) for path in found}
    taken = {path.resolve(): path for path in found}
    for path, place in made.items():
        if place.resolve() in taken:
            raise UserError(
                f"the label map of {path} would replace {taken[place.resolve()]} or its label map; "
                "rename one of them, or name another --out"
            )
        taken[place.resolve()] = path
    return made


STAGE = Stage(__file__, __doc__)
STAGE.argument("masks", "the folder of the masks, PNGs, which may be in subfolders", type=Path)
STAGE.option("config", "the configuration with the classes", required=True, type=Path)
STAGE.option("table", "what colours or values mean; without it they are VOC's colours", type=Path)
STAGE.option("out", "the folder for the label maps", required=True, type=Path)

if __name__ == "__main__":
    STAGE.run(main)
