"""Export a trained network as one file for other programs, which need nothing of this one.

    python stages/export_model.py default --to onnx --out pets.onnx \\
        --configfile presets/laptop.yaml photos.yaml
    python stages/export_model.py work/STEP --to torchscript --out pets.pt --long-side 384

The file takes a photo of any size, uint8 (H, W, 3) in RGB, and gives labels and probabilities at
its full size. It is compared with the network before it is there. OUT.json beside it is its card.
A network predicts with the settings below; a recipe with its own, over which those that you type
win.
"""

from argparse import Namespace
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from _network import add_network, add_network_options, find_given, load_given

from _project import Stage
from wsss.brought.account import Account
from wsss.brought.given_photos import find_photos
from wsss.data.images import read_photo
from wsss.export.network_files import FORMATS, check_exportable, drawn_photos, export_network
from wsss.export.whole_photo import WholePhoto
from wsss.nets.device import use_device
from wsss.report.model_card import make_card, metadata_of
from wsss.run.artifacts import verify
from wsss.run.files import write_json
from wsss.segment.predict_settings import PredictSettings

CHECKED = 10
"""number of photos that a file is checked on"""
NO_SCORE = (
    "its card has no score: make the recipe's result first (results/RECIPE/DATASET_val_miou.txt), "
    "or name one of this network with --result"
)


def main(args: Namespace, settings: PredictSettings) -> None:
    given = find_given(args, settings)
    verify(given.model)
    use_device("cpu", args.threads)
    predictor = check_exportable(load_given(given, torch.device("cpu")))
    card = make_card(predictor, given.model, given.data, args.result or given.result)
    photos = photos_in(args.photos) if args.photos else drawn_photos()
    module = WholePhoto(predictor)
    found = export_network(predictor, module, args.to, args.out, metadata_of(card), photos)
    card["checked"] = {"format": args.to, **found._asdict()}
    write_json(f"{args.out}.json", card)
    print(f"wrote {args.out} ({args.out.stat().st_size / 1e6:.0f} MB): {found.text()}")
    if card["score"] is None:
        print(NO_SCORE)


def photos_in(path: Path) -> Iterator[np.ndarray]:
    """The first photos of a folder."""
    for photo in islice(find_photos([path], [], Account()), CHECKED):
        yield read_photo(photo.path)


STAGE = Stage(__file__, __doc__, settings=PredictSettings)
add_network(STAGE)
STAGE.option("to", "the format", required=True, choices=list(FORMATS))
STAGE.option("out", "the file to write", required=True, type=Path)
STAGE.option("photos", "folder of photos to compare on; without it drawn ones", type=Path)
STAGE.option("result", "the result of the recipe (JSON), for the card", type=Path)
add_network_options(STAGE)

if __name__ == "__main__":
    STAGE.run(main)
