"""Settings of class maps that somebody else's code made."""

from typing import Literal

from pydantic import PositiveInt

from wsss.run.settings import Settings, UserPath


class ForeignMapSettings(Settings):
    """Class maps that you have, one file or some for each photo, in a layout of published code."""

    folder: UserPath | None = None
    """the folder of maps: ID.npy, ID.npz, ID/CLASS.png or ID_CLASS.png"""
    layout: Literal["auto", "psa", "irn", "array", "npz", "png"] = "auto"
    """psa: dict by class index; irn: dict of keys, cam, high_res; array: (K, h, w); auto: any"""
    background: bool = False
    """whether the maps are probabilities, with the background as class 0 before the others"""
    normalise: Literal["max", "minmax", "none"] = "max"
    """max brings a map's maximum to 1; minmax also its minimum to 0; not for probabilities"""
    missing: Literal["refuse", "zero"] = "refuse"
    """what becomes of a tag that has no map: an error, or a map of zeros"""
    stride: PositiveInt = 4
    """pixels of the photo per cell of the stored maps; coarser maps stay as they are"""
