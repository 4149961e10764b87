"""The photos of a report: which ones it shows, their figures and their pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from wsss.data.artifacts import Artifact
from wsss.data.colours import class_colours
from wsss.data.images import read_labels, read_photo
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.data.maps import MapReader, ScoreMap
from wsss.data.photo import Photo
from wsss.report.coverage import Areas, measure_areas
from wsss.report.gallery import save_layer, save_photo
from wsss.report.report_settings import ReportSettings
from wsss.score.bootstrap import Counts, miou

SEED = 0
"""of the sample of photos"""
PHOTO_BYTES = 120_000
"""rough size of a photo's pictures on disk, for each recipe"""
Json = dict[str, Any]


@dataclass
class Layer:
    """The artifact of one step, shown over the photos of a split. Recipes that share the artifact
    share the layer.
    """

    step: str
    """name of the step"""
    file: str
    """name of the picture in each photo's folder"""
    reader: MapReader | LabelFolder
    """photo id -> the artifact of that photo"""
    grey: bool = False
    """whether it holds saliency maps, which are shown in grey"""


def choose_photos(
    index: Index,
    splits: Sequence[str],
    at_most: int,
    order: Mapping[str, Any] = MappingProxyType({}),
) -> tuple[list[tuple[str, Photo]], str]:
    """The photos of some splits, each with its split, and a sentence for the page.

    Of more than `at_most` photos the first ones of `order` are taken, the ids of photos to check,
    or without it a random sample; the sentence says so. Else it is empty.
    """
    photos: list[tuple[str, Photo]] = []
    for split in splits:
        photos += [(split, photo) for photo in index.split(split)]
    if len(photos) <= at_most:
        return photos, ""
    if order:
        first = set(list(order)[:at_most])
        shown = [(split, photo) for split, photo in photos if photo.id in first]
        return shown, f"{len(shown)} of {len(photos)} photos, those to check first."
    chosen = sorted(np.random.default_rng(SEED).choice(len(photos), at_most, replace=False))
    return [photos[k] for k in chosen], f"{at_most} of {len(photos)} photos, sampled at random."


def figures_by_photo(counts: str) -> dict[str, float | None]:
    """Photo id -> mIoU in percent over the labels of its mask, from a file of counts (.npz); None
    where the mask has none.
    """
    loaded = Counts.load(counts)
    figures = {}
    for photo_id, pixels in zip(loaded.ids, loaded.pixels):
        figures[photo_id] = _rounded(miou(pixels[None])[0])
    return figures


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 2)


def draw_photo(
    folder: Path, index: Index, photo: Photo, layers: Sequence[Layer], settings: ReportSettings
) -> tuple[Json, dict[str, Areas]]:
    """Write a photo's pictures into `folder`.

    Returns its width `w` and height `h` in pixels, and whether it has a true mask, as `truth`; and
    for each layer of labels (by its file) the areas of the labels. The last label map is shown in
    the overview.
    """
    pixels, colours = read_photo(index.image_path(photo)), class_colours(index.labels)
    artifacts: Mapping[str, Artifact] = {layer.file: layer.reader[photo.id] for layer in layers}
    shown = None
    areas: dict[str, Areas] = {}
    for layer in layers:
        artifact = artifacts[layer.file]
        if not isinstance(artifact, ScoreMap) and not layer.grey:
            shown, areas[layer.file] = artifact, measure_areas(artifact)
    save_photo(folder, pixels, settings.pixels, shown, colours)
    for layer in layers:
        path = folder / layer.file
        save_layer(path, artifacts[layer.file], settings.pixels, colours, grey=layer.grey)
    if photo.mask is not None:
        truth = read_labels(index.mask_path(photo))
        save_layer(folder / "truth.png", truth, settings.pixels, colours)
    return {"w": pixels.shape[1], "h": pixels.shape[0], "truth": photo.mask is not None}, areas
