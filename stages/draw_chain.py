"""Draw what each step of a recipe gives for some photos, one row a photo: photo, maps, seeds,
labels, prediction, annotated mask.

    python stages/draw_chain.py --index index.json --photos 2007_000032 --out chain.png \\
        --artifacts cams=maps/0-of-1.h5 labels=labels/0-of-1
"""

from argparse import Namespace

import numpy as np

from _project import Stage
from wsss.data.artifacts import by_name, is_saliency, readers
from wsss.data.colours import class_colours
from wsss.data.images import read_labels, read_photo
from wsss.data.index import Index, read_digests
from wsss.data.photo import Photo
from wsss.report.picture import contact_sheet, label_panel, panel_of
from wsss.run.errors import UserError
from wsss.run.files import atomic
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> None:
    index = Index.load(args.index)
    steps = readers(args.artifacts)
    saliency_steps = {name for name, paths in by_name(args.artifacts).items() if is_saliency(paths)}
    rows, colours = [], class_colours(index.labels)
    for photo in choose_photos(args, index):
        pixels = read_photo(index.image_path(photo))
        row = [("photo", pixels)]
        for name, reader in steps.items():
            row.append((name, panel_of(reader[photo.id], pixels, colours, name in saliency_steps)))
        row.append(("truth", draw_mask(index, photo, pixels)))
        rows.append(row)
    with atomic(args.out) as temporary:
        contact_sheet(rows).save(temporary, format="PNG")


def choose_photos(args: Namespace, index: Index) -> list[Photo]:
    """The photos named on the command line, else the first ones of the split."""
    if not args.photos:
        return index.split(args.split)[: args.count]
    unknown = [photo_id for photo_id in args.photos if photo_id not in index.photos]
    if unknown:
        raise UserError(f"photo '{unknown[0]}' is not in the index {args.index}; name another")
    return [index.photos[photo_id] for photo_id in args.photos]


def draw_mask(index: Index, photo: Photo, pixels: np.ndarray) -> np.ndarray:
    """The annotated mask over the photo; white if the photo has no mask."""
    if not photo.mask:
        return np.full_like(pixels, 255)
    labels = read_labels(index.mask_path(photo))
    return label_panel(pixels, labels, class_colours(index.labels))


STAGE = Stage(__file__, __doc__)
STAGE.index("the dataset's index", read_digests, reads=("mask",))
STAGE.input(
    "artifacts",
    "STEP=SHARD: maps (.h5) and folders of labels, in the order of the recipe",
    nargs="+",
)
STAGE.option(
    "photos", "ids of the photos; without them the first ones of the split", nargs="*", default=[]
)
STAGE.option("split", "the split to take photos of", default="train")
STAGE.option("count", "number of photos when none is named", type=int, default=6)
STAGE.output("out", "the picture (PNG)")

if __name__ == "__main__":
    STAGE.run(main)
