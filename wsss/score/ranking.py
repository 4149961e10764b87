"""How well a classifier ranks the photos of a class above the others: average precision."""

import numpy as np


def average_precision(scores: np.ndarray, truth: np.ndarray) -> float | None:
    """Mean precision at every true item of scores (N,) in falling order, in percent; None without a
    true item.

    Equal scores keep the order of the items.
    """
    hits = truth[np.argsort(-scores, kind="stable")].astype(bool)
    if not hits.any():
        return None
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return 100 * float(precision[hits].mean())
