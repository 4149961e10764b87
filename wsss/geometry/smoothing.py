"""Averages over the nearest points, by place, normal and colour (docs/methods.md#objectness)."""

import numpy as np
from scipy.spatial import cKDTree

from wsss.geometry.objectness_settings import SmoothSettings
from wsss.geometry.votes import Objectness
from wsss.geometry.voxels import Points

AT_A_TIME = 100_000
"""points whose neighbours are in memory"""


def smooth(objectness: Objectness, points: Points, settings: SmoothSettings) -> Objectness:
    """The objectness of each point, averaged over its neighbours of which something is known.

    A point of which nothing is known takes that of its neighbours, if there are any within reach.
    """
    count = min(settings.neighbours, len(points.places))
    if count == 0:
        return objectness
    tree = cKDTree(points.places)
    normals = None if settings.normal is None else find_normals(points.places, tree, settings)
    scores, known = np.empty_like(objectness.scores), np.empty_like(objectness.known)
    for start in range(0, len(points.places), AT_A_TIME):
        part = slice(start, start + AT_A_TIME)
        near, weight = _weigh(part, points, tree, normals, settings)
        weight = weight * objectness.known[near]
        total = weight.sum(axis=1)
        mean = np.einsum("nk,nkc->nc", weight, objectness.scores[near])
        scores[part] = mean / np.where(total > 0, total, 1)[:, None]
        known[part] = total > 0
    return Objectness(scores, known)


def _weigh(
    part: slice,
    points: Points,
    tree: cKDTree,
    normals: np.ndarray | None,
    settings: SmoothSettings,
) -> tuple[np.ndarray, np.ndarray]:
    """The neighbours of some points, int (n, k), and their weights, float32 (n, k)."""
    near, distance = _neighbours(tree, points.places[part], settings)
    colours = points.colours.astype(np.float32)
    apart = ((colours[near] - colours[part][:, None]) ** 2).sum(axis=2) / settings.colour**2
    apart += np.where(np.isfinite(distance), distance / settings.reach, 0) ** 2
    if normals is not None and settings.normal is not None:
        turned = ((normals[near] - normals[part][:, None]) ** 2).sum(axis=2)
        apart += turned / settings.normal**2
    return near, np.where(np.isfinite(distance), np.exp(-apart / 2), 0).astype(np.float32)


def _neighbours(
    tree: cKDTree, places: np.ndarray, settings: SmoothSettings
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest points, int (n, k), and their distances, float (n, k); for missing ones point 0
    and infinity.
    """
    count = min(settings.neighbours, tree.n)
    distance, near = tree.query(places, k=range(1, count + 1), distance_upper_bound=settings.reach)
    return np.where(np.isfinite(distance), near, 0), distance


def find_normals(places: np.ndarray, tree: cKDTree, settings: SmoothSettings) -> np.ndarray:
    """The unit normal of the plane through the neighbours of each point, float32 (N, 3).

    Its sign is that of its largest coordinate, so that points of one plane have equal normals.
    """
    normals = np.empty((len(places), 3), np.float32)
    for start in range(0, len(places), AT_A_TIME):
        part = slice(start, start + AT_A_TIME)
        near, distance = _neighbours(tree, places[part], settings)
        around = places[near].astype(np.float64)
        around[~np.isfinite(distance)] = np.nan
        around -= np.nanmean(around, axis=1, keepdims=True)
        around = np.nan_to_num(around)
        _, axes = np.linalg.eigh(np.einsum("nki,nkj->nij", around, around))
        normals[part] = axes[:, :, 0]
    largest = np.take_along_axis(normals, np.abs(normals).argmax(axis=1)[:, None], axis=1)
    return normals * np.where(largest < 0, -1, 1)
