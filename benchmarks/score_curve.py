"""A threshold curve in one pass against one scoring per threshold.

python benchmarks/score_curve.py
"""

import numpy as np

from common import compare
from wsss.score.confusion import confusion, iou
from wsss.score.curve import THRESHOLDS, ThresholdCurve

NAMES, PHOTOS, SIZE = tuple("abcdefghijklmnopqrstu"), 4, (375, 500)


def main() -> None:
    rng = np.random.default_rng(0)
    photos = [
        (
            np.array([3, 15]),
            rng.random((2, *SIZE)).astype(np.float32),
            rng.integers(0, 21, SIZE).astype(np.uint8),
        )
        for _ in range(PHOTOS)
    ]

    def once() -> list[float]:
        curve = ThresholdCurve(NAMES)
        for photo in photos:
            curve.add(*photo)
        return [float(np.nanmean(iou(curve.confusion(k)))) for k in range(len(THRESHOLDS))]

    def one_by_one() -> list[float]:
        values = []
        for t in THRESHOLDS:
            matrix = np.zeros((len(NAMES), len(NAMES) + 1), np.int64)
            for ids, scores, truth in photos:
                winner = np.where(scores.max(axis=0) > t, ids[scores.argmax(axis=0)], 0)
                matrix += confusion(winner, truth, len(NAMES))
            values.append(float(np.nanmean(iou(matrix))))
        return values

    assert np.allclose(once(), one_by_one())
    compare("score_curve", once, one_by_one, thresholds=len(THRESHOLDS), photos=PHOTOS)


if __name__ == "__main__":
    main()
