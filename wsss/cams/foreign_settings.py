"""Settings of reading class maps that other code has written."""

from typing import Literal

from pydantic import PositiveInt

from wsss.run.settings import Settings, UserPath


class ForeignMapSettings(Settings):
    """A folder of your class maps, one or more files a photo, in a layout of published code."""

    folder: UserPath | None = None
    """the folder of maps: ID.npy, ID.npz, ID/CLASS.png or ID_CLASS.png"""
    layout: Literal["auto", "psa", "irn", "array", "npz", "png"] = "auto"
    """psa: dict from class index to map; irn: dict of keys and cam or high_res; array: (K, h, w);
    auto: any of them"""
    background: bool = False
    """whether the maps are probabilities with the background as class 0, before the others"""
    normalise: Literal["max", "minmax", "none"] = "max"
    """max scales each map to a maximum of 1; minmax also to a minimum of 0; none keeps the values;
    ignored with a background"""
    missing: Literal["refuse", "zero"] = "refuse"
    """a tag without a map: an error, or a map of zeros"""
    stride: PositiveInt = 4
    """pixels of the photo per cell of the stored maps; coarser maps keep their size"""
