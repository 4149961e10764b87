"""Copy the masks of all photos into one folder, under the photos' own names.

Masks are palette PNGs; classes.txt lists their values and the names of classes.

    python stages/gather_masks.py --index index.json --masks masks/all/*/ --out my_masks
"""

from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.data.colours import class_colours, write_coloured
from wsss.data.index import Index, read_digests
from wsss.data.label_folder import LabelFolder
from wsss.data.shards import show_progress
from wsss.run.files import atomic
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> None:
    index, masks = Index.load(args.index), LabelFolder(args.masks, "mask")
    colours = class_colours(index.labels)
    with atomic(args.out) as folder:
        for photo in show_progress(index.split(args.split)):
            path = folder / Path(photo.image).with_suffix(".png")
            if path.exists():  # of a photo that has the same name with another ending
                path = folder / f"{photo.image}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_coloured(path, masks[photo.id], colours)
        lines = [f"{label} {name}\n" for label, name in enumerate(index.labels)]
        (folder / "classes.txt").write_text("".join(lines), encoding="utf-8")


STAGE = Stage(__file__, __doc__)
STAGE.index("the dataset's index", read_digests)
STAGE.input("masks", "folders of masks, named by photo id", nargs="+")
STAGE.option("split", "the split whose masks are copied", default="all")
STAGE.output("out", "the folder of masks")

if __name__ == "__main__":
    STAGE.run(main)
