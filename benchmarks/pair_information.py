"""CPN's claim about information: the sum of the CAMs of a complementary pair finds at least as much
of the objects as the CAM of the photo. Measured on photos with masks, from trained classifiers.

    python benchmarks/pair_information.py --index INDEX --models plain/model.safetensors \\
        cpn/model.safetensors --split train --long-side 384

For each model one JSON line: at thresholds of the photo's CAMs their precision and recall, and the
recall of the pair's sum at the same precision. It is measured in both ways of making a pair,
superpixels and grid, on the same photos. A pixel counts once for each tag of its photo. Without
arguments it tries itself on the synthetic dataset, with ImageNet's own classifier.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from common import PROJECT
from wsss.classify.cpn_settings import CpnSettings
from wsss.classify.hidden_patches import draw_cells, draw_superpixels, make_pair
from wsss.classify.registry import CLASSIFIERS
from wsss.data.images import IGNORE, read_labels, read_photo
from wsss.data.index import Index
from wsss.losses.equivariance import max_norm
from wsss.nets.inference import inference_task
from wsss.nets.multiscale import photo_tensor
from wsss.superpixels.slic import slic_superpixels
from wsss.superpixels.slic_settings import SlicSettings

BINS = 1000
THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
"""of the photo's CAMs, whose precision the pair's sum is compared at"""
WAYS = ("superpixels", "grid")


class Ranking:
    """How scores in 0..1 rank the pixels of a class above all others."""

    def __init__(self) -> None:
        self.counts = np.zeros((2, BINS + 1), np.int64)  # false and true pixels by score

    def add(self, scores: np.ndarray, truth: np.ndarray) -> None:
        """Count pixels: their scores, float (n,), and whether each is of the class, bool (n,)."""
        bins = (np.clip(scores, 0, 1) * BINS).astype(np.int64)
        for kind in (0, 1):
            self.counts[kind] += np.bincount(bins[truth == kind], minlength=BINS + 1)

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """Precision and recall of the pixels in bin k or above, for each k."""
        false, true = np.cumsum(self.counts[:, ::-1], axis=1)[:, ::-1]
        return true / np.maximum(true + false, 1), true / max(1, true[0])

    def at(self, threshold: float) -> tuple[float, float]:
        """Precision and recall above a threshold."""
        precision, recall = self.curve()
        k = round(threshold * BINS)
        return float(precision[k]), float(recall[k])

    def recall_at(self, precision: float) -> float:
        """The largest recall at this precision or a higher one; 0 where it is never reached."""
        precisions, recalls = self.curve()
        return float(recalls[precisions >= precision].max(initial=0))


@torch.no_grad()
def summed_maps(network: Any, image: Tensor, kept: Tensor, share: Tensor) -> Tensor:
    """rho CAM(I1) + (1 - rho) CAM(I2), each CAM scaled to 0..1, (1, C, h, w).

    `image` is (1, 3, H, W), `kept` bool (H, W), and `share` is rho.
    """
    pair = make_pair(image, kept[None, None], network.trunk.mean)
    first, second = max_norm(network(pair)[0]).chunk(2)
    return first * share + second * (1 - share)


def draw(way: str, pixels: np.ndarray, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """What the first photo of a pair keeps, bool `size`, and its share of the photo."""
    if way == "grid":
        kept, share = draw_cells(max(size), CpnSettings(pair="grid", grid_cells=(0.5,)))
        return kept[: size[0], : size[1]], share
    ids = torch.from_numpy(slic_superpixels(pixels, SlicSettings()))[None, None].float()
    return draw_superpixels(F.interpolate(ids, size, mode="nearest-exact")[0, 0].int(), 0.5)


def compared(
    network: Any, pixels: np.ndarray, long_side: int | None
) -> Iterator[tuple[str, Tensor]]:
    """What is compared on a photo: the CAMs of the photo, and the pair's sum in each way."""
    image = photo_tensor(pixels, torch.device("cpu"), long_side)
    with torch.no_grad():
        yield "photo", max_norm(network(image)[0])
    for way in WAYS:
        kept, share = draw(way, pixels, (image.shape[2], image.shape[3]))
        yield way, summed_maps(network, image, kept, share)


def rank(network: Any, index: Index, args: argparse.Namespace) -> dict[str, Ranking]:
    """The rankings over the photos of the split that have tags and a mask."""
    rankings = {name: Ranking() for name in ("photo", *WAYS)}
    torch.manual_seed(0)
    for photo in [one for one in index.split(args.split) if one.tags][: args.photos]:
        pixels, mask = read_photo(index.image_path(photo)), read_labels(index.mask_path(photo))
        known = mask != IGNORE
        for name, maps in compared(network, pixels, args.long_side):
            full = F.interpolate(maps, mask.shape, mode="bilinear", align_corners=False)[0].numpy()
            for tag in photo.tags:
                rankings[name].add(full[tag - 1][known], mask[known] == tag)
    return rankings


def report(model: str, rankings: dict[str, Ranking]) -> str:
    """The line of a model."""
    rows = []
    for threshold in THRESHOLDS:
        precision, recall = rankings["photo"].at(threshold)
        row = {"threshold": threshold, "precision": precision, "photo": recall}
        row |= {way: rankings[way].recall_at(precision) for way in WAYS}
        rows.append({name: round(value, 4) for name, value in row.items()})
    return json.dumps({"name": "pair_information", "model": model, "recall": rows})


def main(args: argparse.Namespace) -> None:
    index = Index.load(args.index)
    for model in args.models:
        task = inference_task(model, CLASSIFIERS, index.classes, torch.device("cpu"))
        print(report(model, rank(task.network, index, args)), flush=True)


def try_itself() -> None:
    """The same on 6 synthetic photos, with a classifier that needs no training."""
    with TemporaryDirectory() as name:
        folder, stages = Path(name), PROJECT / "stages"
        photos, index, model = folder / "photos", folder / "i.json", folder / "m.safetensors"
        for words in (
            ("make_mini", "--train", "6", "--val", "2", "--out", photos),
            ("make_index", "--name", "mini", "--data-root", photos, "--out", index),
            ("train_classifier", "cam", "--index", index, "--epochs", "1", "--batch", "4",
             "--crop", "64", "--long-side", "[64, 96]", "--backbone", "tf_efficientnet_lite0",
             "--head-from", "imagenet", "--device", "cpu", "--out", model),
        ):  # fmt: skip
            command = [sys.executable, str(stages / f"{words[0]}.py"), *map(str, words[1:])]
            subprocess.run(command, check=True, stdout=sys.stderr)
        main(parse(["--index", str(index), "--models", str(model)]))


def parse(words: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--index", required=True, help="index.json of the photos")
    parser.add_argument("--models", required=True, nargs="+", help="trained classifiers")
    parser.add_argument("--split", default="train")
    parser.add_argument("--photos", type=int, help="at most so many photos")
    parser.add_argument("--long-side", type=int, help="side that photos are resized to")
    return parser.parse_args(words)


if __name__ == "__main__":
    main(parse(sys.argv[1:])) if len(sys.argv) > 1 else try_itself()
