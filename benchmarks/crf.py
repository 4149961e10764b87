"""The dense CRF on the labels present in a photo against the usual call with all labels of VOC, same result.

    python benchmarks/crf.py
"""

from common import compare

import numpy as np

from wsss.data.mini import draw_scene
from wsss.data.mini_settings import MiniSettings
from wsss.labels.crf import dense_crf
from wsss.labels.settings import CrfSettings

LABELS, PRESENT = 21, 3


def main() -> None:
    rng = np.random.default_rng(0)
    photo = draw_scene(rng, MiniSettings(width=500, height=375), first=0).photo
    present = rng.dirichlet(np.ones(PRESENT), photo.shape[:2]).transpose(2, 0, 1).astype(np.float32)
    whole = np.full((LABELS, *photo.shape[:2]), 1e-8, np.float32)
    whole[:PRESENT] = present
    settings = CrfSettings()
    same = np.mean(dense_crf(photo, present, settings).argmax(0) == dense_crf(photo, whole, settings).argmax(0))
    compare("crf_present_labels", lambda: dense_crf(photo, present, settings), lambda: dense_crf(photo, whole, settings),
            same_pixels=round(float(same), 4))


if __name__ == "__main__":
    main()
