"""Views: a camera at a pose. Pixels with depths become points, and points pixels
(docs/methods.md#geometry).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from wsss.data.camera import Camera

NEAR = 0.05
"""metres ahead of the camera, from which points are projected"""


class Projected(NamedTuple):
    """Where points are in a photo."""

    across: np.ndarray
    """column, float64 (N,); pixel centres are whole numbers"""
    down: np.ndarray
    """row, float64 (N,)"""
    depth: np.ndarray
    """metres along the camera's axis, float64 (N,); negative behind the camera"""


@dataclass(frozen=True)
class View:
    """A photo's camera and pose."""

    camera: Camera
    pose: np.ndarray
    """float64 (4, 4), from camera to world"""
    size: tuple[int, int]
    """(H, W)"""

    def back_project(self, depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The world points, float64 (N, 3), of the pixels with a depth, and these pixels, int (N,),
        as row * W + column. `depth` is in metres, (H, W), 0 where it is missing.
        """
        pixels = np.flatnonzero(depth > 0)
        ahead = depth.ravel()[pixels].astype(np.float64)
        across = (pixels % self.size[1] - self.camera.cx) / self.camera.fx * ahead
        down = (pixels // self.size[1] - self.camera.cy) / self.camera.fy * ahead
        points = np.stack([across, down, ahead], axis=1) @ self.pose[:3, :3].T
        return points + self.pose[:3, 3], pixels

    def project(self, points: np.ndarray) -> Projected:
        """Where world points (N, 3) are in the photo."""
        ahead = (points - self.pose[:3, 3]) @ self.pose[:3, :3]
        depth = ahead[:, 2]
        scale = 1 / np.where(np.abs(depth) < NEAR, NEAR, depth)
        across = ahead[:, 0] * scale * self.camera.fx + self.camera.cx
        return Projected(across, ahead[:, 1] * scale * self.camera.fy + self.camera.cy, depth)

    def pixels(self, at: Projected) -> tuple[np.ndarray, np.ndarray]:
        """The points that are in the photo, as positions (M,), and their pixels, int (M,), as
        row * W + column.
        """
        rows, columns = np.rint(at.down), np.rint(at.across)
        inside = (at.depth > NEAR) & (rows >= 0) & (rows < self.size[0])
        shown = np.flatnonzero(inside & (columns >= 0) & (columns < self.size[1]))
        pixels = rows[shown].astype(np.int64) * self.size[1] + columns[shown].astype(np.int64)
        return shown, pixels
