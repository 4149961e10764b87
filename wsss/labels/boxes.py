"""Labels from boxes (docs/methods.md#boxes): background outside, the object inside by a dense CRF.

After the baselines Bbox-Rect and Bbox-Seg of WSSL (Papandreou et al., ICCV 2015).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from wsss.brought.true_boxes import true_boxes
from wsss.crf.photo import dense_crf
from wsss.data.images import IGNORE
from wsss.data.scenes import boxed_ids, scene_of
from wsss.labels.box_settings import BoxSettings
from wsss.labels.known import Annotated, Known, without_annotation

KIND = "boxes"


class Box(NamedTuple):
    """A box: its label, and its pixels from `left` and `top` to before `right` and `bottom`."""

    label: int
    left: int
    top: int
    right: int
    bottom: int

    @property
    def area(self) -> int:
        """In pixels."""
        return (self.right - self.left) * (self.bottom - self.top)

    @property
    def pixels(self) -> tuple[slice, slice]:
        """Its rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def shrunk(self, share: float) -> "Box":
        """The box of the same form and middle with this share of the area; at least one pixel."""
        left, right = _shrink(self.left, self.right, share**0.5)
        top, bottom = _shrink(self.top, self.bottom, share**0.5)
        return Box(self.label, left, top, right, bottom)


def _shrink(start: int, stop: int, share: float) -> tuple[int, int]:
    """The middle `share` of the pixels from `start` to before `stop`."""
    length = max(1, round(share * (stop - start)))
    first = start + (stop - start - length) // 2
    return first, first + length


def box_labels(known: Known, settings: BoxSettings) -> Annotated:
    """The labels of a photo from its boxes.

    A pixel outside all boxes is background, if each of the photo's tags has a box; else IGNORE,
    because an object without a box may be there. All is IGNORE in a photo whose boxes do not count.
    """
    if settings.box_share < 1 and not _counts(known, settings):
        return Annotated(np.full(known.size, IGNORE, np.uint8), None)
    boxes = read_boxes(known)
    if not boxes:
        return without_annotation(known)
    labels = fill_boxes(known.pixels, boxes, settings)
    if not set(known.photo.tags) <= {box.label for box in boxes}:
        labels[~covered(boxes, known.size)] = IGNORE
    return Annotated(labels, KIND, boxes=boxes)


def _counts(known: Known, settings: BoxSettings) -> bool:
    """Whether the boxes of a photo are among those that count."""
    scene = scene_of(known.photo)
    return known.photo.id in boxed_ids(known.index, scene, settings.box_share)


def read_boxes(known: Known) -> list[Box]:
    """The boxes of a photo, from the values in the index or a VOC XML, cut at the photo's sides;
    the largest first.
    """
    given = []
    for row in true_boxes(known.index, known.photo.id):
        left, top, width, height = row["bbox"]
        given.append([row["category_id"], left, top, left + width, top + height])
    boxes = [_cut(values, known.size) for values in given]
    return sorted((box for box in boxes if box.area > 0), key=lambda box: -box.area)


def _cut(values: Sequence[float], size: tuple[int, int]) -> Box:
    """A box [label, left, top, right, bottom] in whole pixels of a photo of `size` (H, W)."""
    label, left, top, right, bottom = values
    columns = np.clip([np.floor(left), np.ceil(right)], 0, size[1]).astype(int)
    rows = np.clip([np.floor(top), np.ceil(bottom)], 0, size[0]).astype(int)
    return Box(int(label), int(columns[0]), int(rows[0]), int(columns[1]), int(rows[1]))


def covered(boxes: Sequence[Box], size: tuple[int, int]) -> np.ndarray:
    """The pixels inside any box, bool `size` (H, W)."""
    inside = np.zeros(size, bool)
    for box in boxes:
        inside[box.pixels] = True
    return inside


def fill_boxes(photo: np.ndarray, boxes: Sequence[Box], settings: BoxSettings) -> np.ndarray:
    """The labels, uint8 (H, W), of a photo, uint8 (H, W, 3), from boxes, the largest first.

    Where boxes overlap, the smallest counts: for `rectangle` it gives the label, for `crf` its
    class has the largest prior. No class is labelled outside its boxes.
    """
    size = photo.shape[:2]
    if settings.inside == "rectangle":
        filled = np.zeros(size, np.uint8)
        for box in boxes:
            filled[box.pixels] = box.label
        return filled
    ids, scores = box_scores(boxes, size, settings)
    marginals = dense_crf(photo, scores, settings) * (scores > 0)
    labels: np.ndarray = ids[marginals.argmax(axis=0)].astype(np.uint8)
    share = marginals.max(axis=0) / np.maximum(marginals.sum(axis=0), 1e-8)
    labels[share < settings.doubt] = IGNORE
    return labels


def box_scores(
    boxes: Sequence[Box], size: tuple[int, ...], settings: BoxSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Label ids (K,), background first, and their probabilities, float32 (K, *size), before the
    CRF.

    Outside all boxes it is background. Inside, the class of the smallest box has `prior`, and the
    rest is shared equally by the background and the classes of other boxes there. In the middle of
    a box, which has a share `centre` of its area, its class has 1, unless a smaller box covers it.
    """
    ids = np.array([0, *sorted({box.label for box in boxes})])
    channel = {label: number for number, label in enumerate(ids.tolist())}
    scores = np.zeros((len(ids), *size), np.float32)
    scores[0] = 1
    for box in boxes:
        _add_box(scores[(slice(None), *box.pixels)], channel[box.label], settings.prior)
        if settings.centre > 0:
            middle = scores[(slice(None), *box.shrunk(settings.centre).pixels)]
            middle[:] = 0
            middle[channel[box.label]] = 1
    return ids, scores


def _add_box(inside: np.ndarray, channel: int, prior: float) -> None:
    """Set the probabilities (K, h, w) inside a box, which has seen only larger ones, in place."""
    others = inside > 0
    others[0], others[channel] = True, False
    inside[:] = others * (1 - prior) / others.sum(axis=0)
    inside[channel] = prior
