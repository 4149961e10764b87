"""A hierarchy of regions: superpixels, merged pair by pair by their colour, up to the whole photo.
Its regions stand in for the segments of MCG (docs/methods.md#mil).
"""

import heapq
from dataclasses import dataclass

import numpy as np
from skimage.color import rgb2lab

from wsss.data.regions import neighbours, sizes_of_regions, sums_in_regions
from wsss.segment.decision import decide

Pair = tuple[int, int]


def decide_segments(
    probabilities: np.ndarray,
    photo: np.ndarray,
    regions: np.ndarray,
    least: np.ndarray,
    largest: float,
) -> np.ndarray:
    """Labels, uint8 (H, W), of probabilities (K + 1, H, W) on a photo, uint8 (H, W, 3).

    From the whole photo downwards, a region of the hierarchy takes the class that `decide` gives to
    its mean probabilities. A region that is background by it, or larger than the share `largest` of
    the photo, is divided into the two that it was merged from. A superpixel that gets no class is
    background. `regions` are the ids of superpixels (H, W), without gaps.
    """
    merges = merge_regions(photo, regions)
    sums = sum_up(sums_in_regions(probabilities, regions), merges)
    sizes = sum_up(sizes_of_regions(regions)[None], merges)[0]
    labels = decide(sums / sizes, least)
    labels[sizes > largest * regions.size] = 0
    found: np.ndarray = label_leaves(labels, merges)[regions]
    return found


def label_leaves(labels: np.ndarray, merges: list[Pair]) -> np.ndarray:
    """The label of each superpixel, uint8 (R,): that of the largest region with a class that it is
    in, 0 where there is none. `labels` are those of all regions, uint8 (R + len(merges),).
    """
    taken = labels.copy()
    leaves = len(labels) - len(merges)
    for place in reversed(range(len(merges))):
        label = taken[leaves + place]
        if label:
            taken[list(merges[place])] = label
    return taken[:leaves]


def sum_up(values: np.ndarray, merges: list[Pair]) -> np.ndarray:
    """The sums (K, R + len(merges)) of all regions of the hierarchy from those of superpixels
    (K, R).
    """
    leaves = values.shape[1]
    sums = np.concatenate([values, np.zeros((len(values), len(merges)), values.dtype)], axis=1)
    for place, (first, second) in enumerate(merges):
        sums[:, leaves + place] = sums[:, first] + sums[:, second]
    return sums


def merge_regions(photo: np.ndarray, regions: np.ndarray) -> list[Pair]:
    """The merges of a photo's superpixels: the n-th pair becomes the region R + n, until there is
    one region.

    Of all regions that touch, the two are merged that raise the squared deviation of all pixels
    from their region's mean colour in CIE Lab the least (Ward); of equal ones those of the lowest
    ids.
    """
    colours = np.moveaxis(rgb2lab(photo), 2, 0)
    sizes = sizes_of_regions(regions)
    forest = _Forest(
        list(sums_in_regions(colours, regions).T), sizes.tolist(), _touching(regions, len(sizes))
    )
    return forest.merge_all()


def _touching(regions: np.ndarray, count: int) -> dict[int, set[int]]:
    """Region -> the regions that touch it."""
    found: dict[int, set[int]] = {region: set() for region in range(count)}
    for first, second in neighbours(regions).T.tolist():
        found[first].add(second)
        found[second].add(first)
    return found


@dataclass
class _Forest:
    """The regions of a hierarchy that is being built."""

    sums: list[np.ndarray]
    """the sum of the colours of each region, (3,)"""
    sizes: list[int]
    """the pixels of each region"""
    touching: dict[int, set[int]]
    """region -> the regions that touch it, for those that are not merged yet"""

    def merge_all(self) -> list[Pair]:
        """Merge until no two regions touch; returns the pairs in their order."""
        queue = [(self._cost(a, b), a, b) for a in self.touching for b in self.touching[a] if a < b]
        heapq.heapify(queue)
        merges: list[Pair] = []
        while queue:
            _, first, second = heapq.heappop(queue)
            if first in self.touching and second in self.touching:
                merges.append((first, second))
                new = self._merge(first, second)
                for other in self.touching[new]:
                    heapq.heappush(queue, (self._cost(other, new), other, new))
        return merges

    def _merge(self, first: int, second: int) -> int:
        """Merge two regions; returns the new one."""
        new = len(self.sizes)
        self.sums.append(self.sums[first] + self.sums[second])
        self.sizes.append(self.sizes[first] + self.sizes[second])
        around = (self.touching.pop(first) | self.touching.pop(second)) - {first, second}
        self.touching[new] = around
        for other in around:
            self.touching[other] -= {first, second}
            self.touching[other].add(new)
        return new

    def _cost(self, first: int, second: int) -> float:
        """By how much a merge raises the squared deviation of all pixels."""
        a, b = self.sizes[first], self.sizes[second]
        difference = self.sums[first] / a - self.sums[second] / b
        return float(difference @ difference) * a * b / (a + b)
