"""Strokes that are simulated from true masks: one along the skeleton of each object
(docs/methods.md#simulated-scribbles).

They stand for strokes of people in experiments, and are called simulated wherever a result is
shown. The same mask always gives the same strokes.
"""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from skimage.morphology import skeletonize

from wsss.data.images import IGNORE, read_labels
from wsss.labels.drawing import draw_lines
from wsss.labels.known import Annotated, Known, without_annotation
from wsss.labels.stroke_settings import SimulatedSettings

KIND = "mask"
CONNECTED = np.ones((3, 3), bool)
"""the neighbours of a pixel, also those at its corners"""
HALF = ((0, 1), (1, -1), (1, 0), (1, 1))
"""steps (rows, columns) to half of a pixel's neighbours; the others are the same steps back"""


def simulated_labels(known: Known, settings: SimulatedSettings) -> Annotated:
    """The labels of a photo from strokes that are simulated from its true mask."""
    path = known.index.annotation_path(known.photo, KIND)
    if path is None:
        return without_annotation(known)
    mask = read_labels(known.index.mask_path(known.photo))
    return Annotated(draw_simulated(mask, settings), KIND)


def draw_simulated(mask: np.ndarray, settings: SimulatedSettings) -> np.ndarray:
    """A mask, uint8 (H, W), with IGNORE off the strokes: one in each object, an 8-connected piece
    of a class, and one in the largest piece of the background. No stroke leaves its piece.
    """
    strokes = np.full(mask.shape, IGNORE, np.uint8)
    for label, piece in find_objects(mask, settings):
        path = middle(longest_path(skeletonize(piece)), settings.length)
        drawn, _ = draw_lines([(label, path[:, ::-1].tolist())], mask.shape, settings.width)
        inside = piece & (drawn == label)
        strokes[inside] = label
    return strokes


def find_objects(mask: np.ndarray, settings: SimulatedSettings) -> Iterator[tuple[int, np.ndarray]]:
    """The label and the pixels, bool (H, W), of each piece of a mask that gets a stroke."""
    for label in np.unique(mask):
        if label == IGNORE or (label == 0 and not settings.background):
            continue
        pieces, count = ndimage.label(mask == label, CONNECTED)
        areas = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
        for number, area in enumerate(areas, start=1):
            first = number == areas.argmax() + 1
            large = label > 0 and area >= settings.smallest_piece * mask.size
            if first or large:
                yield int(label), pieces == number


def longest_path(skeleton: np.ndarray) -> np.ndarray:
    """The longest of all shortest paths through a connected skeleton, bool (H, W), as the rows and
    columns of its pixels, int64 (n, 2). A skeleton with loops may have a slightly longer one.

    From any pixel the farthest is an end of it, and from this the farthest is the other end. That
    is exact for trees. Steps to corners count sqrt(2).
    """
    pixels = np.argwhere(skeleton)
    graph = _graph(skeleton, pixels)
    end = int(dijkstra(graph, directed=False, indices=0).argmax())
    far, before = dijkstra(graph, directed=False, indices=end, return_predecessors=True)
    path = [int(far.argmax())]
    while path[-1] != end:
        path.append(int(before[path[-1]]))
    return pixels[path]


def _graph(skeleton: np.ndarray, pixels: np.ndarray) -> csr_array:
    """The lengths of the steps between neighbouring pixels (n, 2) of a skeleton, (n, n)."""
    number = np.full(np.add(skeleton.shape, 2), -1)
    number[1:-1, 1:-1][skeleton] = np.arange(len(pixels))
    starts, ends, lengths = [], [], []
    for step in HALF:
        reached = number[tuple((pixels + 1 + step).T)]
        has = reached >= 0
        starts.append(np.flatnonzero(has))
        ends.append(reached[has])
        lengths.append(np.full(int(has.sum()), np.hypot(*step)))
    edges = (np.concatenate(starts), np.concatenate(ends))
    return csr_array((np.concatenate(lengths), edges), shape=(len(pixels), len(pixels)))


def middle(path: np.ndarray, share: float) -> np.ndarray:
    """The middle `share` of the points of a path (n, 2), at least one."""
    count = max(1, round(share * len(path)))
    start = (len(path) - count) // 2
    return path[start : start + count]
