"""Pictures of the point clouds of scenes: from above and from the side, in the colours of the
photos and by objectness.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from wsss.data.colours import class_colours

SIDE = 240
"""pixels of the longer side of a panel"""
PAPER, UNKNOWN, GREY = 255, (70, 60, 90), 205
CEILING = 0.85
"""share of the height from which points are left out of the look from above"""


class ShownCloud(NamedTuple):
    """A scene's points with their looks."""

    name: str
    places: np.ndarray
    """(N, 3): across, along and up, in metres"""
    colours: np.ndarray
    """of the photos, uint8 (N, 3)"""
    scores: np.ndarray
    """objectness, float (N, K)"""
    known: np.ndarray
    """bool (N,)"""


def upright(places: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Points (N, 3) with the axis that is closest to up, against the mean `down` (3,) of the
    cameras, as their last one.
    """
    axis = int(np.abs(down).argmax())
    others = [n for n in range(3) if n != axis]
    up = places[:, axis] * -np.sign(down[axis] or 1)
    return np.column_stack([places[:, others], up])


def objectness_colours(cloud: ShownCloud, of_labels: np.ndarray) -> np.ndarray:
    """The colour of the likeliest class of each point, paler for a smaller objectness, uint8
    (N, 3). `of_labels` are the colours of label ids, uint8 (256, 3).
    """
    best = cloud.scores.argmax(axis=1)
    share = cloud.scores.max(axis=1)[:, None].clip(0, 1)
    colours = share * of_labels[best + 1] + (1 - share) * GREY
    colours[~cloud.known] = UNKNOWN
    painted: np.ndarray = colours.astype(np.uint8)
    return painted


def panel(places: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Points (N, 3) on a plane of their first two coordinates (right, up), uint8 (h, w, 3); the
    last coordinate is that towards the reader, and nearer points cover others.
    """
    if not len(places):
        return np.full((SIDE, SIDE, 3), PAPER, np.uint8)
    low, high = places[:, :2].min(axis=0), places[:, :2].max(axis=0)
    scale = (SIDE - 1) / max(float((high - low).max()), 1e-6)
    cells = np.rint((places[:, :2] - low) * scale).astype(int)
    width, height = cells.max(axis=0) + 1
    drawn = np.full((height, width, 3), PAPER, np.uint8)
    order = np.argsort(places[:, 2], kind="stable")
    drawn[height - 1 - cells[order, 1], cells[order, 0]] = colours[order]
    return drawn


def looks(cloud: ShownCloud, colours: np.ndarray) -> list[np.ndarray]:
    """The panels from above, without the ceiling, and from the side, cut in the middle."""
    across, along, up = cloud.places.T
    span = float(np.ptp(up)) if len(up) else 0.0
    low = up <= up.min(initial=np.inf) + CEILING * span
    behind = along >= np.median(along) if len(along) else low
    above = panel(cloud.places[low], colours[low])
    aside = panel(np.column_stack([across, up, -along])[behind], colours[behind])
    return [above, aside]


def clouds_figure(clouds: Sequence[ShownCloud], labels: Sequence[str]) -> Figure:
    """A row for each scene: from above and from the side, in the colours of the photos, then by
    objectness. `labels` are the names, background first.
    """
    figure = Figure(figsize=(10, 2.6 * len(clouds) + 0.6), layout="constrained")
    axes, of_labels = figure.subplots(len(clouds), 4, squeeze=False), class_colours(labels)
    for row, cloud in zip(axes, clouds):
        shown = [*looks(cloud, cloud.colours), *looks(cloud, objectness_colours(cloud, of_labels))]
        for place, picture in zip(row, shown):
            place.imshow(picture)
            place.set_axis_off()
        row[0].set_title(cloud.name.replace("$", r"\$"), loc="left", fontsize=8)
    figure.legend(
        handles=_legend(clouds, labels, of_labels), loc="outside lower center", ncols=6, fontsize=8
    )
    return figure


def _legend(
    clouds: Sequence[ShownCloud], labels: Sequence[str], of_labels: np.ndarray
) -> list[Patch]:
    """A coloured patch for each class that some point is likely of, and for unknown points."""
    found = {int(k) for cloud in clouds for k in np.flatnonzero(cloud.scores.max(0, initial=0) > 0)}
    patches = [_patch(np.array(UNKNOWN), "nothing known")]
    for k in sorted(found):
        patches.append(_patch(of_labels[k + 1], labels[k + 1]))
    return patches


def _patch(colour: np.ndarray, name: str) -> Patch:
    """A patch of a colour, uint8 (3,), with its name."""
    red, green, blue = (float(value) / 255 for value in colour)
    return Patch(color=(red, green, blue), label=name.replace("$", r"\$"))
