"""Settings of tagged photos of another dataset, which train a classifier of this one's classes."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt

from wsss.run.settings import Settings, UserPath


class OtherPhotosSettings(Settings):
    """Tagged photos of another dataset, for a classifier of this dataset's classes
    (docs/recipes.md#photos-of-another-dataset). They bring no masks.
    """

    root: UserPath | None = None
    """the folder of the other dataset"""
    untagged: bool = True
    """whether photos without any class of the dataset take part, as background only; methods that
    train on tags alone leave them out all the same"""
    hash_distance: NonNegativeInt = 8
    """a photo is left out if its perceptual hash differs from that of a photo of the dataset in at
    most this many of 64 bits"""


class OtherCocoSettings(OtherPhotosSettings):
    """COCO in its official layout; classes with other names in VOC are found by VOC's names."""

    year: Literal[2014, 2017] | None = None
    """null takes the year that the folder has, and 2014 if it has both"""
    parts: Annotated[tuple[Literal["train", "val"], ...], Field(min_length=1)] = ("train",)
    """the parts of COCO whose photos train"""
    leave_out_faulty: bool = False
    """true leaves out faulty photos and annotations, false refuses them"""


class OtherFolderSettings(OtherPhotosSettings):
    """Photos in subfolders, such as those of ImageNet, or photos with a table of tags."""

    tags: UserPath | None = None
    """CSV (image and its labels), COCO JSON, or a folder of VOC XMLs; null takes the name of each
    photo's first subfolder as its tag; a tag that is no class of the dataset is background"""
