"""Makes label maps easier to edit before they are exported: smoother borders, no specks."""

import numpy as np
from scipy.ndimage import gaussian_filter

from wsss.export.settings import ExportSettings
from wsss.labels.pieces import join_small_pieces


def clean_labels(labels: np.ndarray, settings: ExportSettings) -> np.ndarray:
    """A label map, uint8 (H, W), smoothed, then without small pieces, as the settings say."""
    cleaned = smooth(labels, settings.smoothing) if settings.smoothing else labels
    if settings.smallest_piece:
        cleaned = join_small_pieces(cleaned, settings.smallest_piece)
    return cleaned


def smooth(labels: np.ndarray, deviation: float) -> np.ndarray:
    """A label map, uint8 (H, W), in which each pixel has the label with the most weight around it,
    by a Gaussian; of equal ones the lowest. IGNORE counts as a label.
    """
    best = np.zeros(labels.shape, np.float32)
    found = np.zeros_like(labels)
    for label in np.unique(labels):
        weight = gaussian_filter((labels == label).astype(np.float32), deviation, mode="nearest")
        more = weight > best
        found[more], best[more] = label, weight[more]
    return found
