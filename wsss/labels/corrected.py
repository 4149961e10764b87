"""Labels of a photo in which a mask that people made takes the place of what was predicted
(docs/methods.md#corrections).
"""

from collections.abc import Mapping

import numpy as np

from wsss.data.images import IGNORE
from wsss.losses.labels_settings import CONFIDENCE, SECOND
from wsss.losses.multi_point_settings import BOXES


def correct(maps: Mapping[str, np.ndarray], correction: np.ndarray) -> dict[str, np.ndarray]:
    """The labels of a photo and what is written beside them, corrected.

    `maps` is subfolder -> what it holds, "" has the labels, uint8 (H, W). Where the `correction`,
    uint8 (H, W), is not IGNORE, it is the label, certain and without a second label. A photo with a
    correction has no boxes.
    """
    known = correction != IGNORE
    values = {"": correction, CONFIDENCE: np.ones(correction.shape), SECOND: correction}
    made = {}
    for name, before in maps.items():
        if name == BOXES:
            made[name] = before[:0]
        else:
            made[name] = np.where(known, values[name], before).astype(before.dtype)
    return made
