"""The gated CRF loss (Obukhov et al., 2019; docs/methods.md#gated-crf): a dense CRF loss within
windows on a coarse grid, by torch alone.
"""

from torch import Tensor

from wsss.data.images import IGNORE
from wsss.losses.cells import labels_in_cells
from wsss.losses.regulariser import Given, OnGrid, Regulariser, Value, put_on_grid
from wsss.losses.regulariser_settings import WindowSettings
from wsss.losses.windows import colour_kernel, crf_in_windows


def window_grid(given: Given, settings: WindowSettings) -> OnGrid:
    """The batch on the grid of a windowed loss, `stride` pixels a cell."""
    side = -(-given.images.shape[-1] // settings.stride)
    return put_on_grid(given, (side, side))


def gate_of(given: Given, grid: OnGrid, settings: WindowSettings) -> Tensor:
    """The cells that are drawn to their neighbours, float (N, 1, h, w) of 0 and 1."""
    if settings.gate == "region":
        return grid.region
    size = (grid.p.shape[2], grid.p.shape[3])
    return (labels_in_cells(given.labels, size) == IGNORE)[:, None].to(grid.p.dtype)


class GatedCrf(Regulariser):
    """The gated CRF loss with one kernel, of colour and position."""

    def value(self, given: Given) -> Value:
        """The weighted loss, and the same as its part."""
        s = self.settings
        grid = window_grid(given, s)
        kernel = colour_kernel(grid.colours, s.bilateral_xy / s.stride, s.bilateral_rgb)
        gate = gate_of(given, grid, s)
        crf = crf_in_windows(grid.p, grid.region, gate, s.radius, kernel, s.scaling)
        loss = s.weight * crf
        return loss, {"gated_crf": float(loss.detach())}
