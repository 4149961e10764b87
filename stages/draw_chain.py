"""Draw photos through all stages of a chain: photo, maps, seeds, labels, prediction, truth.

    python stages/draw_chain.py --index index.json --photos 2007_000032 --out chain.png \\
        --artifacts cams=maps/0-of-1.h5 labels=labels/0-of-1
"""

from argparse import Namespace

import numpy as np

from _project import Stage
from wsss.data.artifacts import by_name, is_saliency, readers
from wsss.data.images import read_labels, read_photo
from wsss.data.index import Index, read_digests
from wsss.report.picture import contact_sheet, label_panel, panel_of
from wsss.run.errors import UserError
from wsss.run.files import atomic
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> None:
    index, stages = Index.load(args.index), readers(args.artifacts)
    grey = {name for name, paths in by_name(args.artifacts).items() if is_saliency(paths)}
    photos = args.photos or [p.id for p in index.split(args.split)[: args.count]]
    unknown = [i for i in photos if i not in index.photos]
    if unknown:
        raise UserError(f"photo '{unknown[0]}' is not in the index {args.index}")
    rows = []
    for photo in (index.photos[i] for i in photos):
        pixels = read_photo(index.image_path(photo))
        made = [
            (name, panel_of(reader[photo.id], pixels, name in grey))
            for name, reader in stages.items()
        ]
        truth = (
            label_panel(pixels, read_labels(index.mask_path(photo)))
            if photo.mask
            else np.full_like(pixels, 255)
        )
        rows.append([("photo", pixels), *made, ("truth", truth)])
    with atomic(args.out) as temporary:
        contact_sheet(rows).save(temporary, format="PNG")


STAGE = Stage(__file__, __doc__)
STAGE.index("the dataset's index", read_digests, reads=("mask",))
STAGE.input(
    "artifacts",
    "STEP=SHARD: maps (.h5) and folders of labels, in the order of the chain",
    nargs="+",
)
STAGE.option(
    "photos", "ids of the photos; without them the first ones of the split", nargs="*", default=[]
)
STAGE.option("split", "the split to take photos of", default="train")
STAGE.option("count", "how many photos when none is named", type=int, default=6)
STAGE.output("out", "the picture (PNG)")

if __name__ == "__main__":
    STAGE.run(main)
