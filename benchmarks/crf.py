"""The dense CRF, one core, seconds a photo: the project's mean field against pydensecrf (10 steps
each at most).

- `crf_usual`: against the usual call, all 21 labels of VOC, absent ones with almost no score;
- `crf_present`: against pydensecrf on the labels present alone;
- `crf_81`: against COCO's 81 labels;
- `crf_processes`: photos a second of two processes against one, and the memory of one.

Scores are true masks seen through a coarse, noisy grid; `miou` is that of the labels over all
photos. The photos are drawn, or those of a folder in VOC layout:

    python benchmarks/crf.py [VOC2012]
"""

import json
import multiprocessing
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from common import compare
from wsss.crf.photo import dense_crf
from wsss.crf.settings import CrfSettings
from wsss.data.images import IGNORE, read_labels, read_photo
from wsss.data.resize import resize_scores
from wsss.datasets.mini import draw_scene
from wsss.datasets.mini_settings import MiniSettings
from wsss.score.confusion import confusion, summary

PHOTOS = 40
Case = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def cases(root: str | None) -> Iterator[Case]:
    """Photo, mask, label ids present, and their scores (K, H, W)."""
    masks = sorted(Path(root, "SegmentationClass").glob("*.png")) if root else []
    for k in range(PHOTOS):
        if root is None:
            scene = draw_scene(
                np.random.default_rng(k), MiniSettings(width=500, height=375), first=k % 6
            )
            photo, mask = scene.photo, scene.mask
        else:
            path = masks[k * (len(masks) // PHOTOS)]
            photo, mask = (
                read_photo(Path(root, "JPEGImages", f"{path.stem}.jpg")),
                read_labels(path),
            )
        yield photo, mask, *scores_of(mask, np.random.default_rng(k))


def scores_of(mask: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    labels = np.array([0, *(v for v in np.unique(mask) if 0 < v < IGNORE)])
    grid = resize_scores(mask == labels[:, None, None], (mask.shape[0] // 24, mask.shape[1] // 24))
    scores = resize_scores(grid + 0.35 * rng.random(grid.shape), (mask.shape[0], mask.shape[1]))
    return labels, scores / scores.sum(axis=0)


def labelled(item: Case, settings: CrfSettings, among: int | None = None) -> np.ndarray:
    """Label ids after the CRF, over the labels present or `among` so many."""
    photo, mask, labels, scores = item
    if among is not None:
        whole = np.full((among, *mask.shape), 1e-8, np.float32)
        whole[labels] = scores
        labels, scores = np.arange(among), whole
    return labels[dense_crf(photo, scores, settings).argmax(axis=0)]


def all_labelled(items: list[Case], settings: CrfSettings, among: int | None = None) -> None:
    for item in items:
        labelled(item, settings, among)


def miou(items: list[Case], results: list[np.ndarray]) -> float:
    total = sum(confusion(np.uint8(result), item[1], 21) for item, result in zip(items, results))
    return summary(total, tuple(map(str, range(21))))["miou"]


def main() -> None:
    items = list(cases(sys.argv[1] if len(sys.argv) > 1 else None))
    ours, theirs = CrfSettings(), CrfSettings(backend="pydensecrf")
    for name, among, chosen in (
        ("crf_usual", 21, items),
        ("crf_present", None, items),
        ("crf_81", 81, items[:2]),
    ):
        new = [labelled(item, ours) for item in chosen]
        old = [labelled(item, theirs, among) for item in chosen]
        same = float(np.mean([(a == b).mean() for a, b in zip(new, old)]))

        compare(
            name,
            partial(all_labelled, chosen, ours),
            partial(all_labelled, chosen, theirs, among),
            repeats=3,
            photos=len(chosen),
            same_pixels=round(same, 5),
            miou=[round(miou(chosen, new), 3), round(miou(chosen, old), 3)],
        )
    del items
    processes()


def work(root: str | None) -> tuple[float, int]:
    """Seconds that all photos take, one after the other, and the process's largest memory in MB."""
    labelled(next(cases(root)), CrfSettings())
    seconds = 0.0
    for item in cases(root):
        started = time.perf_counter()
        labelled(item, CrfSettings())
        seconds += time.perf_counter() - started
    # ru_maxrss would be that of the process that started this one
    peak = next(
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    return seconds, int(peak.split()[1]) // 1024


def processes() -> None:
    root = sys.argv[1] if len(sys.argv) > 1 else None
    seconds = {}
    for count in (1, 2):
        with multiprocessing.get_context("spawn").Pool(count) as pool:
            done = pool.map(work, [root] * count, chunksize=1)
        seconds[count] = max(taken for taken, _ in done)
    print(
        json.dumps(
            {
                "name": "crf_processes",
                "ratio": round(2 * seconds[1] / seconds[2], 2),
                "memory_mb": done[0][1],
                "photos": PHOTOS,
            }
        )
    )


if __name__ == "__main__":
    main()
