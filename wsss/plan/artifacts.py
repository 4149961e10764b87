"""The types of artifacts that steps make and read, and where each lies in its step's folder."""

from dataclasses import dataclass

MODEL = "model.safetensors"
"""the name of a network in its step's folder"""


@dataclass(frozen=True)
class Type:
    """One type of artifact.

    Steps are joined by types: an input takes an artifact of a type that it names.
    """

    name: str
    about: str
    folder: str | None = None
    """of a type that is made in shards: its folder, `FOLDER/SPLIT/k-of-n`"""
    ending: str = ""
    """of a shard; a shard without an ending is a folder of files, one a photo"""
    file: str = MODEL
    """of a type that is made whole: its name in the step's folder"""
    scored: str | None = None
    """what it is to the score: maps, seeds, labels or saliency"""

    @property
    def sharded(self) -> bool:
        return self.folder is not None

    def place(self, split: str, shard: str) -> str:
        """Where it lies in its step's folder; `shard` is k-of-n.

        What is made whole lies in one place for all splits.
        """
        return f"{self.folder}/{split}/{shard}{self.ending}" if self.sharded else self.file


_ALL = (
    Type("classifier", "a network that tells tags and has class maps"),
    Type("segmentation", "a network that gives background and classes at every pixel"),
    Type("saliency_model", "a network that gives saliency"),
    Type("affinity", "a network that tells which pixels belong together"),
    Type("cam", "class maps, maximum 1, no background", "maps", ".h5", scored="maps"),
    Type("prob", "maps of background and classes that sum to 1", "maps", ".h5", scored="maps"),
    Type("seeds", "label maps with few labels, else 255", "seeds", scored="seeds"),
    Type(
        "confident", "label maps where the label is certain, else 255", "confident", scored="seeds"
    ),
    Type("labels", "label maps that train a network", "labels", scored="labels"),
    Type("predictions", "label maps that a network predicts", "predictions", scored="labels"),
    Type("saliency", "saliency maps", "saliency", scored="saliency"),
    Type("superpixels", "a region number for every pixel", "superpixels"),
    Type("points", "point clouds by scene", "points"),
    Type("index", "a second dataset", file="photos"),
)
TYPES = {one.name: one for one in _ALL}
MAPS = ("cam", "prob")
