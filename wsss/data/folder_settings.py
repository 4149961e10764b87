"""Settings of a dataset that is a folder of the user's photos and a table of tags."""

from pydantic import Field

from wsss.run.settings import Settings


class FolderSettings(Settings):
    """A dataset of your own: photos in any subfolders of data_root, tags from a table.
    new_dataset.py writes these.
    """

    tags: str | None = None
    """CSV (image and its labels), COCO JSON, or a folder of VOC XMLs; null takes the name of each
    photo's first subfolder as its tag"""
    masks: str | None = None
    """folder of masks (palette or grey PNG, 0 background, 1.. in the order of classes), for scores;
    null for a dataset without masks"""
    splits: str | None = None
    """CSV (image and train or val); null samples val from the photos"""
    groups: str | None = None
    """CSV (image and its group), such as a scene or a video; the photos of a group are sampled for
    val together"""
    classes: tuple[str, ...] | None = None
    """class names in the order of their ids; null takes all tags in alphabetical order"""
    val_share: float = Field(0.2, gt=0, lt=1)
    """share of the tagged photos that is sampled for val, stratified by the rarest tag of each
    photo"""
