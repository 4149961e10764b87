"""Joins small pieces of a label map to what is around them (docs/methods.md#doubtful-labels).

CRFs and noisy maps leave specks of a few pixels, which are hardly ever objects.
"""

import numpy as np
from skimage.measure import label as connected

from wsss.data.images import IGNORE


def join_small_pieces(labels: np.ndarray, share: float) -> np.ndarray:
    """A label map, uint8 (H, W), without pieces smaller than `share` (0..1) of its pixels.

    A piece is a 4-connected region of one label. A small one takes the label with which it has the
    longest border, the lowest of several. At first only large pieces count as neighbours. Small
    ones that touch none wait, and then join those that were joined before them. IGNORE never
    changes, and no piece joins it. So pieces that reach no large one stay as they are.
    """
    pieces = connected(labels.astype(np.int16), background=-1, connectivity=1) - 1
    area = np.bincount(pieces.ravel())
    label_of = np.zeros(len(area), np.uint8)
    label_of[pieces.ravel()] = labels.ravel()
    small = (area < share * labels.size) & (label_of != IGNORE)
    large = ~small & (label_of != IGNORE)
    joined: np.ndarray = _join(label_of, _borders(pieces), small, large)[pieces]
    return joined


def _borders(pieces: np.ndarray) -> np.ndarray:
    """The pieces on both sides of each unit of border, int (2, E): every unit stands there twice,
    once from each side. `pieces` has the number of each pixel's piece, int (H, W).
    """
    across = [pieces[:, :-1].ravel(), pieces[:, 1:].ravel()]
    down = [pieces[:-1].ravel(), pieces[1:].ravel()]
    pairs = np.concatenate([across, down], axis=1)
    pairs = pairs[:, pairs[0] != pairs[1]]
    return np.concatenate([pairs, pairs[::-1]], axis=1)


def _join(
    label_of: np.ndarray, borders: np.ndarray, small: np.ndarray, settled: np.ndarray
) -> np.ndarray:
    """The label of each piece, uint8 (P,), after small ones have joined settled ones, in rounds.

    `small` and `settled` are bool (P,), and `borders` has the pieces on both sides, int (2, E).
    """
    values, index_of = np.unique(label_of, return_inverse=True)
    borders = borders[:, small[borders[0]]]
    while True:
        piece, other = borders[:, ~settled[borders[0]] & settled[borders[1]]]
        if len(piece) == 0:
            return values[index_of]
        cells = np.bincount(
            piece * len(values) + index_of[other], minlength=len(index_of) * len(values)
        )
        lengths = cells.reshape(len(index_of), len(values))
        touching = np.unique(piece)
        index_of[touching] = lengths[touching].argmax(axis=1)
        settled = settled.copy()
        settled[touching] = True
