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


def main(args: Namespace, settings: Settings) -> None:
    classes = read_yaml(args.config, "configuration").get("folder", {}).get("classes")
    if not classes:
        raise UserError(f"{args.config} has no folder.classes; new_dataset.py writes such a file")
    table = read_table(args.table, classes) if args.table else voc_table(len(classes))
    files = sorted(Path(entry.path) for entry in files_below(args.masks, (".png",)))
    for path in files:
        out = args.out / path.relative_to(args.masks).with_suffix(".png")
        out.parent.mkdir(parents=True, exist_ok=True)
        labels = convert_mask(path, table)
        with atomic(out) as temporary:
            write_labels(temporary, labels)
    print(f"{len(files)} masks in {args.out}")


STAGE = Stage(__file__, __doc__)
STAGE.argument("masks", "the folder of the masks, PNGs, which may be in subfolders", type=Path)
STAGE.option("config", "the configuration with the classes", required=True, type=Path)
STAGE.option("table", "what colours or values mean; without it they are VOC's colours", type=Path)
STAGE.option("out", "the folder for the label maps", required=True, type=Path)

if __name__ == "__main__":
    STAGE.run(main)
