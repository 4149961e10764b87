"""An even sample of cells of many photos, in bounded memory: what a network predicts there, and the
pseudo-label.
"""

import numpy as np

from wsss.data.images import IGNORE


class CellSample:
    """Cells whose label is known, at most `most` of them.

    All photos are sampled alike: the cells are counted through all photos, and every n-th is kept.
    n doubles when there are too many. So the same photos always give the same cells.
    """

    def __init__(self, most: int) -> None:
        self._most, self._every, self._seen = most, 1, 0
        self._probabilities: list[np.ndarray] = []
        self._labels: list[np.ndarray] = []

    def add(self, probabilities: np.ndarray, labels: np.ndarray) -> None:
        """Add a photo: probabilities (K + 1, h, w) on a grid, and its label map, uint8 (H, W). A
        cell's label is that of the pixel at its centre.
        """
        at_cells = labels_at_cells(labels, probabilities.shape[1:]).ravel()
        flat = probabilities.reshape(len(probabilities), -1)
        known = np.flatnonzero(at_cells != IGNORE)
        chosen = known[-self._seen % self._every :: self._every]
        self._seen += len(known)
        self._probabilities.append(flat[:, chosen].astype(np.float16))
        self._labels.append(at_cells[chosen])
        while sum(map(len, self._labels)) > self._most:
            self._drop_every_second()

    def all(self) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities, float16 (K + 1, N), and labels, uint8 (N,), of all cells that were kept;
        at least one photo must have been added.
        """
        return np.concatenate(self._probabilities, axis=1), np.concatenate(self._labels)

    def _drop_every_second(self) -> None:
        probabilities, labels = self.all()
        self._probabilities, self._labels = [probabilities[:, ::2].copy()], [labels[::2].copy()]
        self._every *= 2


def labels_at_cells(labels: np.ndarray, grid: tuple[int, ...]) -> np.ndarray:
    """The labels, uint8 (h, w), of a label map (H, W) at the centres of the cells of a grid."""
    rows, columns = (
        ((np.arange(cells) + 0.5) * pixels / cells).astype(int)
        for cells, pixels in zip(grid, labels.shape)
    )
    found: np.ndarray = labels[np.ix_(rows, columns)]
    return found
