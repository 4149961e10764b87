"""Segmentation by multiple instance learning (Pinheiro and Collobert, CVPR 2015;
docs/methods.md#mil): the planes of a classifier, gated by what it sees in the whole photo.
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.classify.pooling import pool
from wsss.crf.photo import dense_crf
from wsss.nets.multiscale import grid_of, multi_scale, photo_tensor
from wsss.run.errors import UserError, nearest
from wsss.segment.decision import decide, decide_in_boxes, decide_regions, vote_in_regions
from wsss.segment.mil_settings import MilPredictSettings
from wsss.segment.segments import decide_segments


def predict_from_planes(
    task: Any,
    photo: np.ndarray,
    settings: MilPredictSettings,
    device: torch.device,
    tags: tuple[int, ...] | None = None,
    regions: np.ndarray | None = None,
) -> np.ndarray:
    """Label ids, uint8 (H, W), of a photo (uint8 (H, W, 3)), never 255, by the classifier `task`.

    Where `tags` (label ids) are given, only these and background are predicted. `regions` are the
    ids of the photo's superpixels, (H, W), which some smoothing priors need. UserError for a
    classifier without planes, and for a threshold of something that is no class.
    """
    least = thresholds_of(settings, task.classes)
    gated = gated_probabilities(task, photo, settings, device)
    if tags is not None:
        others = np.setdiff1d(np.arange(len(gated)), (0, *tags))
        gated[others] = 0
    if settings.iterations or settings.row != "own":
        gated = dense_crf(photo, gated / gated.sum(axis=0), settings)
    return smooth(gated, photo, settings, least, regions)


def gated_probabilities(
    task: Any, photo: np.ndarray, settings: MilPredictSettings, device: torch.device
) -> np.ndarray:
    """y(k) = p(k at the pixel) p(k in the photo), float32 (K + 1, H, W), background first.

    Planes are averaged over scales and mirror images, interpolated to the photo's size, and only
    then turned into probabilities. Without `tag_prior` p(k in the photo) is left out.
    """
    if not hasattr(task, "label_probabilities"):
        raise UserError(
            "the model has no plane of the background, which predict by 'mil' reads; give a "
            "classifier by 'mil', or predict by 'class_maps'"
        )
    image = photo_tensor(photo, device, settings.long_side)
    planes, scores = planes_and_scores(task, image, settings)
    size = (photo.shape[0], photo.shape[1])
    full = F.interpolate(planes[None], size, mode="bilinear", align_corners=False)[0]
    probabilities = full.softmax(dim=0)
    if settings.tag_prior == "product":
        probabilities = probabilities * task.label_probabilities(scores)[:, None, None]
    return probabilities.cpu().numpy()


def planes_and_scores(
    task: Any, image: Tensor, settings: MilPredictSettings
) -> tuple[Tensor, Tensor]:
    """The mean over scales and mirror images of the planes, float32 (K + 1, h, w), and of the
    scores that are pooled from them, float32 (K + 1,). `image` is float (1, 3, H, W) in 0..1.
    """
    found: list[Tensor] = []

    def forward(images: Tensor) -> Tensor:
        planes: Tensor = task.network.planes(images).float()
        found.append(pool(planes, task.settings))
        return planes

    total = multi_scale(image, settings, grid_of(image, settings.stride), forward)
    scores = torch.cat(found)
    return total / len(scores), scores.mean(dim=0)


def smooth(
    probabilities: np.ndarray,
    photo: np.ndarray,
    settings: MilPredictSettings,
    least: np.ndarray,
    regions: np.ndarray | None,
) -> np.ndarray:
    """The labels, uint8 (H, W), of probabilities (K + 1, H, W) by the smoothing prior of the
    settings. `least` (K + 1,) are the thresholds. ValueError without the regions that it needs.
    """
    if settings.smoothing == "boxes":
        return decide_in_boxes(probabilities, settings.box_threshold, least)
    if settings.smoothing == "none":
        return decide(probabilities, least)
    if regions is None:
        raise ValueError(f"smoothing '{settings.smoothing}' needs superpixels")
    if settings.smoothing == "segments":
        return decide_segments(probabilities, photo, regions, least, settings.largest_segment)
    if settings.in_superpixels == "vote":
        return vote_in_regions(decide(probabilities, least), regions)
    return decide_regions(probabilities, regions, least)


def thresholds_of(settings: MilPredictSettings, classes: tuple[str, ...]) -> np.ndarray:
    """The threshold of each label, float32 (K + 1,): 0 of the background, then of the classes.

    UserError for a name in `thresholds` that is no class.
    """
    for name in settings.thresholds:
        if name not in classes:
            raise UserError(
                f"setting 'predict.mil.thresholds' has '{name}', which is no class of the dataset"
                f"{nearest(name, classes)}; correct the name"
            )
    least = [settings.thresholds.get(name, settings.threshold) for name in classes]
    return np.array([0.0, *least], np.float32)
