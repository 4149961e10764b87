"""Settings of saliency by a trained network."""

from wsss.nets.inference_settings import MultiScaleSettings
from wsss.run.settings import Scales


class LearnedSettings(MultiScaleSettings):
    """Saliency maps by a network that was trained on other photos."""

    scales: Scales = (0.75, 1.0, 1.25)
    """factors on the photo's size (after it is resized to long_side); probabilities at all of them
    are averaged"""
