"""Photos at all steps of a chain as one picture, with a row a photo and a panel a step."""

from collections.abc import Sequence

import matplotlib
import numpy as np
from PIL import Image, ImageDraw

from wsss.data.backgrounds import upsample
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap

Panel = tuple[str, np.ndarray]
"""title and pixels, uint8 (H, W, 3)"""


def heat_panel(photo: np.ndarray, item: ScoreMap) -> np.ndarray:
    """The photo (uint8 (H, W, 3)), mixed with a colour for the largest class score at each pixel,
    from blue (0) to red (1).
    """
    scores = upsample(item)[item.labels > 0]
    heat = np.clip(scores.max(axis=0, initial=0.0), 0, 1)
    colours = matplotlib.colormaps["turbo"](heat)[..., :3] * 255
    mixed: np.ndarray = 0.35 * photo + 0.65 * colours
    return mixed.astype(np.uint8)


def label_panel(photo: np.ndarray, labels: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """The photo (uint8 (H, W, 3)), mixed with the colours (uint8 (256, 3)) of its labels (uint8
    (H, W)). Background stays as it is, ignored pixels are almost white.
    """
    mixed: np.ndarray = 0.35 * photo + 0.65 * colours[labels].astype(np.float64)
    mixed[labels == 0] = photo[labels == 0]
    mixed[labels == IGNORE] = 0.3 * photo[labels == IGNORE] + 0.7 * 255
    return mixed.astype(np.uint8)


def panel_of(
    artifact: ScoreMap | np.ndarray, photo: np.ndarray, colours: np.ndarray, grey: bool = False
) -> np.ndarray:
    """The panel of an artifact: score maps as heat, label maps in `colours`, saliency (`grey`) in
    grey.
    """
    if isinstance(artifact, ScoreMap):
        return heat_panel(photo, artifact)
    if grey:
        return np.repeat(artifact[..., None], 3, axis=2)
    return label_panel(photo, artifact, colours)


def contact_sheet(rows: Sequence[Sequence[Panel]], height: int = 150) -> Image.Image:
    """Rows of panels, each scaled to `height` pixels; the titles stand over the first row."""
    pad, title = 4, 16  # pixels between panels, and above the first row
    widths = []
    for column in zip(*rows):
        widths.append(max(_width(pixels, height) for _, pixels in column))
    size = (sum(widths) + pad * (len(widths) + 1), title + len(rows) * (height + pad) + pad)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for r, row in enumerate(rows):
        x = pad
        for k, (name, pixels) in enumerate(row):
            if r == 0:
                draw.text((x, 2), name, fill="black")
            panel = Image.fromarray(pixels).resize((_width(pixels, height), height))
            sheet.paste(panel, (x, title + r * (height + pad)))
            x += widths[k] + pad
    return sheet


def _width(pixels: np.ndarray, height: int) -> int:
    """The width of a panel that is scaled to `height`."""
    own_height, own_width = pixels.shape[:2]
    width: int = round(own_width * height / own_height)
    return max(1, width)
