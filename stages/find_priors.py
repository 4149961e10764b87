"""Find a factor for each label, with which a network predicts it as often as its pseudo-labels have
it: one JSON file. The photos are those of the split that are also in `tune`, or all of the split.

    python stages/find_priors.py shares --index index.json --model deeplab.safetensors \\
        --labels labels/*/ --out priors.json
"""

from argparse import Namespace
from collections.abc import Iterator

import numpy as np

from _project import Stage
from wsss.data.images import read_photo
from wsss.data.index import Index, read_digests
from wsss.data.label_checks import check_labels
from wsss.data.label_folder import LabelFolder
from wsss.data.photo import Photo
from wsss.data.priors import write_priors
from wsss.data.shards import show_progress
from wsss.nets.device import use_device
from wsss.nets.inference import inference_task
from wsss.run.methods import load
from wsss.run.settings import Settings
from wsss.segment.registry import NETWORKS, PRIORS


def main(args: Namespace, settings: Settings) -> None:
    index, labels = Index.load(args.index), LabelFolder(args.labels)
    device = use_device(args.device, args.threads)
    task = inference_task(args.model, NETWORKS, index.classes, device)
    photos = photos_of_tune(index, args.split)
    pairs = read_pairs(index, photos, labels)
    shift = load(PRIORS[args.method].code)(task, pairs, settings, device)
    about = {"split": args.split, "photos": len(photos), "cells": shift.cells}
    write_priors(args.out, index.labels, shift.columns, about)
    print(shift.summary)


def photos_of_tune(index: Index, split: str) -> list[Photo]:
    """The photos of a split that are also in `tune`; all of the split if none is."""
    photos, tune = index.split(split), set(index.splits.get("tune", ()))
    chosen = [photo for photo in photos if photo.id in tune]
    if chosen:
        print(f"{len(chosen)} of the {len(photos)} photos of {split} are in tune and are used")
    else:
        print(f"no photo of {split} is in tune, so all {len(photos)} are used")
    return chosen or photos


def read_pairs(
    index: Index, photos: list[Photo], labels: LabelFolder
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each photo, uint8 (H, W, 3), with its label map, uint8 (H, W)."""
    for photo in show_progress(photos):
        pixels = read_photo(index.image_path(photo))
        found = labels[photo.id]
        check_labels(index, photo, found, f"label map {labels.path(photo.id)}")
        yield pixels, found


STAGE = Stage(__file__, __doc__, PRIORS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("model", "the network")
STAGE.input("labels", "folders of the label PNGs that it was trained on", nargs="+")
STAGE.option("split", "the split that the network was trained on", default="train")
STAGE.output("out", "the priors (JSON)")

if __name__ == "__main__":
    STAGE.run(main)
