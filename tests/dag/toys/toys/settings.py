"""Settings of the toy methods."""

from wsss.run.settings import Settings


class ToySettings(Settings):
    """One number, to be changed."""

    share: float = 0.5
    """weight of what is new, or the share of the rows that is taken"""
