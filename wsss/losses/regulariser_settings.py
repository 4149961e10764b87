"""Settings of the regularised losses (docs/methods.md#regularised-losses). They import no torch."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from wsss.run.settings import Settings

Share = Annotated[float, Field(ge=0, le=1)]


class PhaseSettings(Settings):
    """When a regularised loss counts."""

    after: Share = 0.2
    """share of the training before it, with the loss on labels alone; 0 has it from the start"""
    ramp: Share = 0.0
    """share of the training, after that, over which its weight rises from 0"""


class DenseSettings(PhaseSettings):
    """The kernel of all pairs of pixels, on a smaller copy of the crop."""

    scale: Annotated[float, Field(gt=0, le=1)] = 0.5
    """side of the grid of the loss, as a share of the crop's"""
    bilateral_xy: PositiveFloat = 100.0
    """deviation of the kernel in pixels of the crop"""
    bilateral_rgb: PositiveFloat = 15.0
    """deviation of the kernel in colour levels, of 0 to 255"""
    filter: Literal["lattice", "exact"] = "lattice"
    """lattice: the permutohedral lattice, compiled on CPUs, in torch on GPUs; exact: all pairs; its
    time grows with the fourth power of the crop"""


class DenseCrfSettings(DenseSettings):
    """The dense CRF loss (Tang et al., ECCV 2018): the affinity between pixels of different
    labels.
    """

    weight: NonNegativeFloat = 1.0
    """weight beside the loss on labels"""
    scaling: Literal["pairs", "published"] = "pairs"
    """pairs: as a share of the photo's whole affinity, whatever crop and scale; published: the
    plain sum, whose weight is about 1e-8"""


class NormalisedCutSettings(DenseSettings):
    """The normalised cut loss (Tang et al., CVPR 2018): for each label the share of its affinity
    that leads to other labels.
    """

    weight: NonNegativeFloat = 0.3
    """weight beside the loss on labels"""


class KernelCutSettings(DenseSettings):
    """The kernel cut loss (Tang et al., ECCV 2018): dense CRF and normalised cut by one kernel."""

    crf_weight: NonNegativeFloat = 0.5
    """weight of the dense CRF loss"""
    cut_weight: NonNegativeFloat = 0.15
    """weight of the normalised cut loss"""
    scaling: Literal["pairs", "published"] = "pairs"
    """of the dense CRF loss, as there"""


class DenseEnergySettings(DenseCrfSettings):
    """The dense energy loss (RRM, AAAI 2020): the dense CRF loss, which hardly counts where a pixel
    has a label and the network is certain.
    """

    scaling: Literal["pairs", "published"] = "pairs"
    """pairs: as a share of the photo's whole affinity, whatever crop and scale; published: the
    plain sum, whose weight is 1e-7"""


class WindowSettings(PhaseSettings):
    """A kernel between each cell and those in a window around it."""

    weight: NonNegativeFloat = 0.1
    """weight beside the loss on labels"""
    scaling: Literal["pairs", "published"] = "pairs"
    """pairs: as a share of the affinity in all windows; published: the sum divided by the cells"""
    stride: PositiveInt = 4
    """pixels of the crop per cell of the grid of the loss"""
    radius: PositiveInt = 5
    """rows and columns that the window reaches to each side, in cells"""
    bilateral_xy: PositiveFloat = 24.0
    """deviation of the kernel in pixels of the crop"""
    bilateral_rgb: PositiveFloat = 5.8
    """deviation of the kernel in colour levels, of 0 to 255"""
    gate: Literal["region", "unlabelled"] = "region"
    """the cells that are drawn to their neighbours; region: all; unlabelled: those without label"""


class GatedCrfSettings(WindowSettings):
    """The gated CRF loss (Obukhov et al., 2019): the dense CRF loss within windows."""

    after: Share = 0.005
    """share of the training before it, with the loss on labels alone; 0 has it from the start"""


class DfrSettings(WindowSettings):
    """DFR (Zhang et al., 2021), reconstructed: a windowed CRF loss whose kernel has the network's
    own features, and a head of features that learns which cells belong together.
    """

    stride: PositiveInt = 8
    """pixels of the crop per cell of the grid of the loss"""
    bilateral_xy: PositiveFloat = 48.0
    """deviation of the kernel in pixels of the crop"""
    bilateral_rgb: PositiveFloat = 15.0
    """deviation of the kernel in colour levels, of 0 to 255"""
    feature_deviation: PositiveFloat = 0.5
    """s in exp(-(1 - cos) / s), the kernel's factor for the features of two cells"""
    detach: bool = True
    """whether the kernel passes no gradient to the features"""
    source: Literal["decoder", "trunk"] = "decoder"
    """what the head of features reads; decoder: the map that v3plus classifies (other heads have
    none and take the trunk); trunk: the trunk's last map"""
    hidden: PositiveInt = 128
    """channels of the head's hidden layer"""
    channels: PositiveInt = 128
    """channels of the features"""
    consistency: NonNegativeFloat = 0.1
    """weight of the loss that trains the relation of features"""
    relation: Literal["half", "relu"] = "half"
    """how a cosine becomes the probability that two cells have one label; half: (1 + cos) / 2;
    relu: negative ones count as 0, and pairs with such a cosine have no gradient"""
    balance: Literal["kinds", "pairs"] = "kinds"
    """kinds: pairs of one label and pairs of two weigh the same in all; pairs: the mean over all"""
    confident: Share = 0.9
    """predictions above this probability count as labels for that loss; 1 takes none"""
    confident_after: Share = 0.3
    """share of the training after which such predictions count"""


SECTIONS = ("dense_crf", "normalised_cut", "kernel_cut", "dense_energy", "gated_crf", "dfr")
"""the losses, each with a section of its name"""


class RegulariserSettings(Settings):
    """The regularised loss beside the loss on labels (docs/methods.md#regularised-losses)."""

    regulariser: Literal[
        "none", "dense_crf", "normalised_cut", "kernel_cut", "dense_energy", "gated_crf", "dfr"
    ] = "none"
    """a loss on all pixels, labelled or not, for labels with many unknown pixels, such as
    scribbles; its settings are in the section of its name"""
    dense_crf: DenseCrfSettings = DenseCrfSettings()
    """settings of regulariser: dense_crf"""
    normalised_cut: NormalisedCutSettings = NormalisedCutSettings()
    """settings of regulariser: normalised_cut"""
    kernel_cut: KernelCutSettings = KernelCutSettings()
    """settings of regulariser: kernel_cut"""
    dense_energy: DenseEnergySettings = DenseEnergySettings()
    """settings of regulariser: dense_energy"""
    gated_crf: GatedCrfSettings = GatedCrfSettings()
    """settings of regulariser: gated_crf"""
    dfr: DfrSettings = DfrSettings()
    """settings of regulariser: dfr"""

    @model_validator(mode="before")
    @classmethod
    def _drop_unread(cls, values: Any) -> Any:
        """The values without the sections of other losses, so that they rename no folder."""
        if not isinstance(values, Mapping):
            return values
        chosen = values.get("regulariser", "none")
        return {k: v for k, v in values.items() if k == chosen or k not in SECTIONS}
