"""Settings that every classifier has."""

from pydantic import Field

from wsss.training.settings import TrainingSettings


class ClassifierSettings(TrainingSettings):
    """The classifier: photos and their tags in, a network whose class maps localise out (methods.md 2.2, 2.3)."""

    dropout: float = Field(0.5, ge=0, lt=1)
    """share of feature channels dropped before the class maps"""
