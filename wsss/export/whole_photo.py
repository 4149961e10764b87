"""A trained network with all that is done around it, from a photo of any size to labels at its full
size, as one module that can be traced: no number of Python in it depends on the photo.

It repeats wsss/segment/predict.py. stages/export_model.py compares the two.
"""

from typing import Any

import torch
from torch import Tensor, nn

from wsss.classify.pooling import pool
from wsss.nets.multiscale import join_views
from wsss.segment.photo_predictor import PhotoPredictor
from wsss.segment.predict import STRIDE
from wsss.segment.predict_settings import PredictSettings
from wsss.segment.priors import decide_labels, join_priors

ALWAYS, NEVER = torch.tensor(True), torch.tensor(False)
Size = tuple[Tensor, Tensor]
"""height and width, integers without dimensions"""


class WholePhoto(nn.Module):
    """From a photo, uint8 (H, W, 3), to labels, uint8 (H, W), and probabilities, float32
    (K + 1, H, W), background first. `predictor` must be of the method `predict` without a CRF.
    """

    def __init__(self, predictor: PhotoPredictor) -> None:
        super().__init__()
        assert isinstance(predictor.settings, PredictSettings)
        self.settings = predictor.settings
        self.network = predictor.task.network
        tagger: Any = predictor.known.get("tagger")
        self.tagger = None if tagger is None else tagger.network
        self.tagger_settings = None if tagger is None else tagger.settings
        factors = predictor.known.get("factors")
        self.factors = None if factors is None else torch.tensor(factors)

    def forward(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        """Labels and probabilities of a photo."""
        pixels = photo.permute(2, 0, 1)[None].float() / 255
        full = size_of(pixels)
        image = self._shrink(pixels)
        sums = resize(self._sum_probabilities(image)[None], full, NEVER)[0]
        probabilities = sums / sums.sum(dim=0, keepdim=True)
        likely = None if self.tagger is None else self._tag_probabilities(image)
        probabilities = join_priors(probabilities, self.settings, self.factors, likely)
        return decide_labels(probabilities, self.settings).to(torch.uint8), probabilities

    def _shrink(self, pixels: Tensor) -> Tensor:
        """The photo, (1, 3, H, W), at `long_side`, or warped."""
        if self.settings.warp is not None:
            side = torch.tensor(self.settings.warp)
            return resize(pixels, (side, side))
        if self.settings.long_side is None:
            return pixels
        height, width = size_of(pixels)
        factor = self.settings.long_side / torch.maximum(height, width).double()
        return resize(pixels, (scaled(height, factor), scaled(width, factor)))

    def _views(self, image: Tensor) -> list[Tensor]:
        """The image (1, 3, H, W) at each scale, with its mirror image if that is asked for."""
        height, width = size_of(image)
        views = []
        for factor in self.settings.scales:
            view = image
            if factor != 1:
                view = resize(image, (scaled(height, factor), scaled(width, factor)))
            views.append(torch.cat([view, view.flip(3)]) if self.settings.flip else view)
        return views

    def _sum_probabilities(self, image: Tensor) -> Tensor:
        """The probabilities of all views, joined, (K + 1, h, w), a cell for every STRIDE pixels."""
        height, width = size_of(image)
        grid = ((height + STRIDE - 1) // STRIDE, (width + STRIDE - 1) // STRIDE)
        total: Tensor | int = 0
        for view in self._views(image):
            maps = self.network(view)
            maps = maps.softmax(dim=1) if self.settings.sum_of == "probabilities" else maps
            maps = resize(maps, grid, size_of(maps)[0] > grid[0])
            total = total + maps[0] + (maps[1].flip(2) if self.settings.flip else 0)
        assert isinstance(total, Tensor)
        return join_views(total, self.settings, self.settings.sum_of)

    def _tag_probabilities(self, image: Tensor) -> Tensor:
        """The probability (K,) that each class is in the photo."""
        assert self.tagger is not None and self.tagger_settings is not None
        scores = [pool(self.tagger(view)[0], self.tagger_settings) for view in self._views(image)]
        return torch.cat(scores).mean(dim=0).sigmoid()


def size_of(image: Tensor) -> Size:
    """The size of an image (..., H, W) as tensors: a trace makes constants of plain numbers."""
    shape = torch._shape_as_tensor(image)
    return shape[-2], shape[-1]


def scaled(length: Tensor, factor: Tensor | float) -> Tensor:
    """A length times a factor, rounded, at least 1."""
    return torch.round(length.double() * factor).long().clamp(min=1)


def resize(image: Tensor, size: Size, antialias: Tensor = ALWAYS) -> Tensor:
    """An image (N, C, H, W) at `size`, bilinear, as F.interpolate, whose own operation with
    antialiasing not every runtime has: a product with one matrix for rows and one for columns.
    """
    height, width = size_of(image)
    rows, columns = weights_of(size[0], height, antialias), weights_of(size[1], width, antialias)
    return rows @ image @ columns.T


def weights_of(new: Tensor, old: Tensor, antialias: Tensor) -> Tensor:
    """The share of each of `old` pixels in each of `new` ones, float32 (new, old): a triangle
    around the new pixel's centre, which reaches one pixel to both sides; with `antialias` one of
    the coarser grid's.
    """
    scale = old.double() / new.double()
    reach = torch.where(antialias, scale.clamp(min=1), torch.ones_like(scale))
    distances = (_centres(old)[None] - _centres(new)[:, None] * scale).abs() / reach
    weights = (1 - distances).clamp(min=0)
    shares: Tensor = weights / weights.sum(dim=1, keepdim=True)
    return shares.float()


def _centres(length: Tensor) -> Tensor:
    """The centres of so many pixels, float64: float32 would move them."""
    count: Any = length  # the types of torch.arange leave out tensors, which a trace needs
    centres: Tensor = torch.arange(count).double() + 0.5
    return centres
