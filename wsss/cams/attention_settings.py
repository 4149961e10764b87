"""Settings of class maps from a transformer's attention."""

from pydantic import Field, PositiveInt

from wsss.cams.settings import ExportSettings


class AttentionSettings(ExportSettings):
    """Class maps times the attention of a transformer (docs/methods.md#attention-maps). The
    classifier's backbone must be a ViT or DeiT.
    """

    layers: PositiveInt = 3
    """the number of blocks, the last ones, whose attention is averaged"""
    couple: bool = True
    """multiply each class map by what the class token attends to, as in TS-CAM"""
    spread: int = Field(1, ge=0)
    """how often maps are spread along the attention between patches, as in MCTformer"""
