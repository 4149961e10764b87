"""Settings that all trainings share.

The settings of a kind of step that trains inherit these, and replace defaults by published values.
A method adds keys and replaces no default (wsss.plan.config takes shared ones from the kind).
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, NonNegativeFloat, PositiveFloat, PositiveInt

from wsss.nets.settings import TrunkSettings


def _ordered(value: tuple[int, int]) -> tuple[int, int]:
    if value[0] > value[1]:
        raise ValueError("the first number must not be larger than the second")
    return value


Range = Annotated[tuple[PositiveInt, PositiveInt], AfterValidator(_ordered)]
"""smallest and largest value"""
Share = Annotated[float, Field(ge=0, le=1)]


class TrainingSettings(TrunkSettings):
    """Schedule, optimiser and crops of a training."""

    seed: int = 0
    """seed of initialisation, order and augmentation; the workflow gives the top-level seed"""
    crop: PositiveInt = 448
    """side of the square training crop in pixels"""
    long_side: Range = (448, 768)
    """each photo is resized so that its longer side is random in this range, in pixels"""
    warp: bool = False
    """resize each photo to the square of the crop, whatever its shape; long_side is not read"""
    flip: bool = True
    """mirror half of the crops"""
    jitter: Share = 0.3
    """strength of brightness, contrast and saturation jitter; hue gets a third of it; 0 turns it
    off"""
    epochs: PositiveInt = 8
    """passes over the training photos"""
    batch: PositiveInt = 16
    """photos per step"""
    optimiser: Literal["sgd", "sgd_published", "adamw"] = "sgd"
    """sgd has momentum 0.9; sgd_published repeats a slip of the published code, which passes the
    weight decay as momentum"""
    lr: PositiveFloat = 0.01
    """learning rate of pretrained weights"""
    head_lr: PositiveFloat = 10.0
    """factor on lr for layers that start from scratch"""
    bias_lr: PositiveFloat = 2.0
    """factor on lr for biases, which get no weight decay"""
    weight_decay: NonNegativeFloat = 5e-4
    """weight decay of weights"""
    most_steps: PositiveInt | None = None
    """the training ends after so many steps, if its epochs have more; null: after its epochs"""
    decay: Literal["poly", "step"] = "poly"
    """how lr falls; poly: to 0 by a power; step: at once by a factor, every so many steps"""
    poly: NonNegativeFloat = 0.9
    """poly: the power"""
    decay_every: PositiveInt = 2000
    """step: steps after which lr is multiplied by decay_factor, each time"""
    decay_factor: float = Field(0.1, gt=0, le=1)
    """step: the factor"""
    warmup: NonNegativeFloat = 0.0
    """share of the steps over which lr rises linearly from 0"""
    average: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """decay of the moving average of the weights, which is then saved in place of the last weights;
    0 turns it off"""
