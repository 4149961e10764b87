"""How right the labels are that supervise a network while its seeds grow, in each epoch, by true
masks.

The figures are for people. Nothing is trained on them.
"""

from collections.abc import Callable

import numpy as np
import torch.nn.functional as F
from torch import Tensor, from_numpy

from wsss.score.confusion import confusion, summary


class SupervisionCurve:
    """An observer of a training (the protocol Watch of wsss.training.process). It holds a confusion
    matrix for each epoch: the labels that supervised the network against the masks, on the grid of
    the loss.
    """

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.labels = labels
        self._matrices: dict[int, np.ndarray] = {}

    def add(
        self,
        epoch: int,
        used: Tensor,
        truth: Tensor,
        total: Callable[[Tensor], Tensor] = Tensor.clone,
    ) -> None:
        """Count a batch: its supervision `used`, int64 (N, h, w), IGNORE where there is none,
        against its masks `truth`, uint8 (N, S, S).

        `total` sums counts over the processes that share the batch; by default there is one.
        """
        size = (used.shape[1], used.shape[2])
        masks = F.interpolate(truth[:, None].float(), size, mode="nearest-exact")[:, 0]
        counted = confusion(
            used.cpu().numpy(), masks.cpu().numpy().astype(np.uint8), len(self.labels)
        )
        self._matrices[epoch] = self._matrices.get(epoch, 0) + total(from_numpy(counted)).numpy()

    def rows(self) -> list[dict[str, float]]:
        """For each epoch its number and the precision, recall and mIoU of the supervision, in
        percent. A pixel without supervision is missed (recall, mIoU), not wrong (precision). An
        epoch without masks has no row.
        """
        rows = []
        for epoch, matrix in sorted(self._matrices.items()):
            if matrix.any():
                rows.append({"epoch": epoch, **self._figures(matrix)})
        return rows

    def _figures(self, matrix: np.ndarray) -> dict[str, float]:
        figures = summary(matrix, self.labels)
        return {f"supervision_{key}": figures[key] for key in ("precision", "recall", "miou")}

    def state(self) -> dict[int, Tensor]:
        """Epoch -> confusion matrix, for a checkpoint."""
        return {epoch: from_numpy(matrix) for epoch, matrix in self._matrices.items()}

    def restore(self, state: dict[int, Tensor]) -> None:
        """Continue from what `state` gave."""
        self._matrices = {epoch: matrix.numpy() for epoch, matrix in state.items()}
