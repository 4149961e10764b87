"""Average precision: how well a classifier ranks the photos with a tag above the others."""

import numpy as np


def average_precision(scores: np.ndarray, truth: np.ndarray) -> float | None:
    """The average precision, in percent, of scores (N,) for items with truth (N,); None without a
    true item.

    It is the mean, over the true items, of the precision of the ranking down to the item. Equal
    scores keep the order of the items.
    """
    hits = truth[np.argsort(-scores, kind="stable")].astype(bool)
    if not hits.any():
        return None
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return 100 * float(precision[hits].mean())
