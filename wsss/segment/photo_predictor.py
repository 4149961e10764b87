"""A trained network that is ready to predict photos: the masks are those of stages/predict.py, and
their probabilities come with them where the method has some.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from wsss.classify.registry import CLASSIFIERS
from wsss.data.priors import read_factors
from wsss.nets.inference import inference_task
from wsss.nets.models import read_description
from wsss.run.errors import UserError
from wsss.run.methods import load
from wsss.run.settings import Settings
from wsss.segment.predict import decide, predict_probabilities
from wsss.segment.predict_settings import PredictSettings
from wsss.segment.probabilities import probability_of_labels
from wsss.segment.registry import NETWORKS, PREDICTORS

Regions = Callable[[np.ndarray], np.ndarray]
"""from a photo, uint8 (H, W, 3), to its superpixels, ids (H, W)"""


class Prediction(NamedTuple):
    """What is predicted of a photo."""

    labels: np.ndarray
    """uint8 (H, W), 0 background"""
    probabilities: np.ndarray | None
    """float32 (K + 1, H, W), background first; None for methods without probabilities"""

    @property
    def confidence(self) -> np.ndarray | None:
        """The probability of each pixel's label, float32 (H, W); None without probabilities."""
        if self.probabilities is None:
            return None
        return probability_of_labels(self.labels, self.probabilities)


@dataclass(frozen=True)
class PhotoPredictor:
    """A network, the method that predicts with it, and what the method knows besides."""

    task: Any
    method: str
    """a name in PREDICTORS"""
    settings: Settings
    device: torch.device
    known: Mapping[str, Any] = field(default_factory=dict)
    """further arguments of the method"""
    regions: Regions | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of background and of the classes."""
        return ("background", *self.task.classes)

    @property
    def has_probabilities(self) -> bool:
        """Whether its predictions have probabilities."""
        return isinstance(self.settings, PredictSettings)

    def predict(self, photo: np.ndarray) -> Prediction:
        """The labels of a photo, uint8 (H, W, 3), and their probabilities."""
        if isinstance(self.settings, PredictSettings):
            maps = predict_probabilities(self.task, photo, self.settings, self.device, **self.known)
            as_array = maps if isinstance(maps, np.ndarray) else maps.cpu().numpy()
            return Prediction(decide(maps, self.settings), as_array)
        known = dict(self.known)
        if self.regions is not None:
            known["regions"] = self.regions(photo)
        method = load(PREDICTORS[self.method].code)
        return Prediction(method(self.task, photo, self.settings, self.device, **known), None)


def load_predictor(
    model: Path,
    method: str,
    settings: Settings,
    device: torch.device,
    tagger: Path | None = None,
    priors: Path | None = None,
    regions: Regions | None = None,
) -> PhotoPredictor:
    """The network in `model` for the classes that it was trained on.

    `tagger` is a classifier of the same classes, `priors` a file of factors on the labels.
    UserError for a file that cannot be read, and for an input that the settings need and that is
    missing.
    """
    classes = read_description(f"{model}.json").classes
    task = inference_task(model, NETWORKS, classes, device)
    known: dict[str, Any] = {}
    prior = getattr(settings, "tag_prior", "none")
    if prior != "none" and tagger is None:
        raise UserError(f"tag_prior '{prior}' needs a classifier; give it with --tagger")
    if prior != "none" and tagger is not None:
        known["tagger"] = inference_task(tagger, CLASSIFIERS, classes, device)
    if getattr(settings, "needs_superpixels", False) and regions is None:
        raise UserError("this smoothing needs superpixels; predict with a recipe that makes them")
    if priors is not None:
        known["factors"] = read_factors(priors, ("background", *classes))
    return PhotoPredictor(task, method, settings, device, known, regions)
