"""Settings of MCTformer's classifier."""

from pydantic import model_validator

from wsss.classify.settings import ClassifierSettings


class MctformerSettings(ClassifierSettings):
    """MCTformer (Xu et al., CVPR 2022; docs/methods.md#mctformer): a ViT with a class token for
    each class, and class maps of its patches. The backbone must be a ViT or DeiT.
    """

    @model_validator(mode="after")
    def _has_own_head(self) -> "MctformerSettings":
        if self.head_from != "random":
            raise ValueError("mctformer has a head of its own; set head_from: random")
        return self
