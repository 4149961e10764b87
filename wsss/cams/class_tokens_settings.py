"""Settings of class maps from class tokens."""

from pydantic import Field, PositiveInt

from wsss.cams.settings import ExportSettings


class ClassTokenSettings(ExportSettings):
    """The attention of each class's token (docs/methods.md#mctformer). The classifier must be
    mctformer.
    """

    layers: PositiveInt = 3
    """the number of blocks, the last ones, whose attention is averaged"""
    couple: bool = True
    """multiply what a class token attends to by the class map of the patches (MCTformer-V2)"""
    spread: int = Field(1, ge=0)
    """how often maps are spread along the attention between patches"""
