"""The score of a classifier on photos that it was not trained on: the mean average precision (mAP)
of its tags, and the consistency of its class maps.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from wsss.classify.pooling import pool
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.nets.multiscale import photo_tensor
from wsss.nets.precision import inference_precision
from wsss.score.consistency import inconsistency
from wsss.score.consistency_settings import ConsistencySettings
from wsss.score.ranking import average_precision


def find_unknown(index: Index, split: str) -> list[str]:
    """The ids of the photos of a split whose tags are not known: those without tags in val or rest.

    A photo that trains has a row in the table of tags; one of val or rest may have none.
    """
    may_lack = {*index.splits.get("val", ()), *index.splits.get("rest", ())}
    photos = index.split(split)
    return [photo.id for photo in photos if not photo.tags and photo.id in may_lack]


@torch.no_grad()
def classifier_score(
    task: Any,
    photos: Iterable[tuple[Photo, np.ndarray]],
    classes: tuple[str, ...],
    settings: ConsistencySettings,
    device: torch.device,
) -> dict[str, Any]:
    """The score of a classifier (`task`) on photos, each with its pixels, uint8 (H, W, 3).

    `images`: number of photos. `map`: mAP in percent. `per_class`: average precision in percent.
    `inconsistency`: of the `raw` and the `refined` class maps, mean over the photos with tags,
    0..1, lower is better. `grid_of_last_photo`: rows and columns of its class maps. A figure
    without photos is None.
    """
    scores, tags, differences, grid = [], [], [], [0, 0]
    for photo, pixels in photos:
        image = photo_tensor(pixels, device, settings.long_side)
        with inference_precision(device, settings.precision):
            maps = task.network(image)[0]
        scores.append(pool(maps, task.settings)[0].cpu().numpy())
        tags.append(np.isin(np.arange(1, len(classes) + 1), photo.tags))
        grid = list(maps.shape[2:])
        if photo.tags:
            differences.append(_inconsistencies(task.network, image, photo.tags, settings))
    by_class = _precisions(scores, tags, len(classes))
    known = [value for value in by_class if value is not None]
    raw, refined = np.mean(differences, axis=0).tolist() if differences else (None, None)
    return {
        "images": len(scores),
        "map": float(np.mean(known)) if known else None,
        "per_class": dict(zip(classes, by_class)),
        "inconsistency": {"raw": raw, "refined": refined},
        "grid_of_last_photo": grid,
    }


def _precisions(
    scores: list[np.ndarray], tags: list[np.ndarray], classes: int
) -> list[float | None]:
    """The average precision of each class in percent; None for a class that no photo has."""
    of_classes = np.array(scores).reshape(-1, classes).T
    truth = np.array(tags).reshape(-1, classes).T
    return list(map(average_precision, of_classes, truth))


def _inconsistencies(
    network: Any, image: torch.Tensor, tags: tuple[int, ...], settings: ConsistencySettings
) -> list[float]:
    """The inconsistency of the maps of these classes, raw and refined."""
    channels = [tag - 1 for tag in tags]
    return [
        inconsistency(image, channels, settings, lambda x: network(x)[0]),
        inconsistency(image, channels, settings, lambda x: _refined(network, x)),
    ]


def _refined(network: Any, image: torch.Tensor) -> torch.Tensor:
    """The class maps (1, C, h, w) after the pixel correlation module, without background."""
    maps, features = network(image)
    return network.refined(image, maps, features)[:, 1:]  # type: ignore[no-any-return]
