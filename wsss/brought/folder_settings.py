"""Settings of a dataset that is a folder of the user's photos and a table of tags."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from wsss.run.path_text import PathText, as_text
from wsss.run.settings import Settings

SHARE_WITH_MASKS = 0.2
"""share of the tagged photos that is sampled for val where masks can score it"""


def _as_list(value: object) -> object:
    """One name as a list of it."""
    return (value,) if isinstance(value, str) else value


def _as_names(value: Any) -> Any:
    """A list of names, of which YAML may have made numbers; ValueError for another value."""
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        raise ValueError("a list is expected, such as [cat, dog]")
    return tuple(map(_as_name, value))


def _as_name(value: Any) -> Any:
    """A name; ValueError where YAML has made something else of it than a number or a date."""
    text = as_text(value)
    if not isinstance(text, str):
        raise ValueError("YAML reads yes, no, on, off and null so; write names in quotes")
    return text


def _as_renames(value: Any) -> Any:
    """A mapping of names to names, of which YAML may have made numbers."""
    if not isinstance(value, Mapping):
        raise ValueError("TAG: OTHER is expected, such as {bycicle: bicycle}")
    return {_as_name(tag): _as_name(other) for tag, other in value.items()}


class ChoiceSettings(Settings):
    """How tags are understood, as far as no setting is a text that YAML would change."""

    classes: Annotated[tuple[str, ...] | None, BeforeValidator(_as_names)] = None
    """class names in the order of their ids; null takes all tags in alphabetical order"""
    val_share: float | None = Field(None, ge=0, lt=1)
    """share of the tagged photos that is sampled for val, stratified by the rarest tag of each
    photo; null takes 0.2 of a dataset with masks, and 0 without: then all of them train"""
    tag_columns: Annotated[tuple[str, ...] | None, BeforeValidator(_as_list)] = None
    """the columns of a table that hold tags; null goes by their names, such as labels"""
    join_spellings: bool = False
    """whether tags that differ only in case, spaces, _ and - are one tag: the most frequent"""
    rename: Annotated[dict[str, str], BeforeValidator(_as_renames)] = Field({})
    """tag -> the tag that it is replaced by, such as {bycicle: bicycle}"""


class TagSettings(ChoiceSettings):
    """How tags are read."""

    separator: str | None = None
    """what separates several tags in one cell, such as "/" or " "; none leaves cells whole; null
    takes each of ; , | and their Chinese forms"""


class FolderSettings(TagSettings):
    """A dataset of your own: photos in any subfolders of data_root, tags from a table.
    new_dataset.py writes these.
    """

    tags: PathText | None = None
    """table (CSV, XLSX, JSON lines) of images and their labels, JSON of COCO and other tools, or a
    folder of VOC XMLs or LabelMe JSONs; null takes the name of each photo's first subfolder"""
    fixes: PathText | None = None
    """table of photos whose tags are fixed or whose mask is marked as wrong, as the report saves
    it; its tags replace those of `tags`"""
    masks: PathText | None = None
    """folder of masks (palette or grey PNG, 0 background, 1.. in the order of classes), for scores;
    null for a dataset without masks"""
    splits: PathText | None = None
    """table (image and train, val or test), or a folder with train.txt and val.txt; null takes a
    table's column of splits, else samples val from the photos"""
    groups: PathText | None = None
    """table (image and its group), such as a scene or a video; the photos of a group are sampled
    for val together"""

    @property
    def share_of_val(self) -> float:
        """The share of tagged photos that is sampled for val, 0 to 1."""
        if self.val_share is not None:
            return self.val_share
        return 0.0 if self.masks is None else SHARE_WITH_MASKS
