"""Convert masks in colours, with values of their own, or drawn with other tools, to label maps with
the classes of a dataset.

    python stages/convert_masks.py MASKS --config photos.yaml --table labelmap.txt --out NEW
    python stages/convert_masks.py MASKS --config photos.yaml --out NEW        VOC's colours
    python stages/convert_masks.py FILE --config photos.yaml --out NEW         COCO, CVAT, LabelMe

A table has a line for each class: CVAT's `cat:128,0,0::`, or a value: `cat: 255`.
"""

from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from _project import Stage
from wsss.brought.drawn_masks import draw_masks, has_drawings
from wsss.brought.mask_colours import convert_mask, read_table, voc_table
from wsss.data.images import write_labels
from wsss.data.walk import files_below
from wsss.run.counted import counted
from wsss.run.errors import UserError
from wsss.run.files import atomic
from wsss.run.settings import Settings
from wsss.run.yaml_files import read_yaml

PNG = ".png"


def main(args: Namespace, settings: Settings) -> None:
    classes = read_classes(args.config)
    if not args.masks.exists():
        raise UserError(f"there are no masks {args.masks}; correct the path")
    if args.table is None and has_drawings(args.masks):
        root = read_yaml(args.config, "configuration").get("data_root")
        made = draw_masks(args.masks, Path(root or ""), classes)
    else:
        made = convert_all(args.masks, args.table, classes, args.out)
    count = 0
    for name, labels in made:
        out = (args.out / name).with_suffix(PNG)
        out.parent.mkdir(parents=True, exist_ok=True)
        with atomic(out) as temporary:
            write_labels(temporary, labels)
        count += 1
    print(f"{counted(count, 'mask')} in {args.out}")


def convert_all(
    folder: Path, table: Path | None, classes: Sequence[str], out: Path
) -> Iterator[tuple[Path, np.ndarray]]:
    """The path below the folder and the label map, uint8 (H, W), of each PNG in it."""
    meaning = read_table(table, classes) if table else voc_table(len(classes))
    for path in find_masks(folder, out):
        yield path.relative_to(folder), convert_mask(path, meaning)


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
STAGE.argument(
    "masks",
    "the folder of the masks, PNGs, which may be in subfolders; or a file or folder of drawings",
    type=Path,
)
STAGE.option("config", "the configuration with the classes", required=True, type=Path)
STAGE.option("table", "what colours or values mean; without it they are VOC's colours", type=Path)
STAGE.option("out", "the folder for the label maps", required=True, type=Path)

if __name__ == "__main__":
    STAGE.run(main)
