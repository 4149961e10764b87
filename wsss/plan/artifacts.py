"""The types of artifacts that steps make and read, and their paths in a step's folder.

An artifact is either made *in shards* of photos (one for each split and shard), or *whole*.
"""

from dataclasses import dataclass

MODEL = "model.safetensors"
"""the name of a network in its step's folder"""
OTHER_PHOTOS = "other_photos"
"""the type of an index of another dataset's photos with the dataset's classes; a training that
reads it does not read the dataset's own photos"""
INDEXES = ("index", OTHER_PHOTOS)
"""the types of indexes of photos from outside the dataset"""


@dataclass(frozen=True)
class Type:
    """One type of artifact. Each input of a step names the types that it takes."""

    name: str
    about: str
    """a few words for people, as errors show them"""
    folder: str | None = None
    """if made in shards: FOLDER in the path `FOLDER/SPLIT/k-of-n`; None if made whole"""
    ending: str = ""
    """the ending of a shard; a shard without one is a folder with a file for each photo"""
    file: str = MODEL
    """if made whole: the file's name"""
    scored: str | None = None
    """`--what` of stages/score.py (maps, seeds, labels or saliency); None if it has no score"""

    @property
    def sharded(self) -> bool:
        """Whether it is made in shards of photos."""
        return self.folder is not None

    def place(self, split: str, shard: str) -> str:
        """The path in the step's folder; `shard` is "k-of-n". It ignores both if made whole."""
        return f"{self.folder}/{split}/{shard}{self.ending}" if self.sharded else self.file


_ALL = (
    Type("classifier", "a network that predicts tags and has class maps"),
    Type("segmentation", "a network that gives background and classes at every pixel"),
    Type("multitask", "a network of several tasks, segmentation and class maps among them"),
    Type("saliency_model", "a network that predicts saliency"),
    Type("affinity", "a network that predicts which pixels are of one class"),
    Type("cam", "class maps, maximum 1, no background", "maps", ".h5", scored="maps"),
    Type("prob", "maps of background and classes", "maps", ".h5", scored="maps"),
    Type("thresholds", "thresholds of seeds", file="thresholds.json"),
    Type("seeds", "label maps with few labels, else 255", "seeds", scored="seeds"),
    Type(
        "confident", "label maps where the label is certain, else 255", "confident", scored="seeds"
    ),
    Type("labels", "label maps that train a network", "labels", scored="labels"),
    Type("predictions", "label maps that a network predicts", "predictions", scored="labels"),
    Type("saliency", "saliency maps", "saliency", scored="saliency"),
    Type("superpixels", "a region number for every pixel", "superpixels"),
    Type("priors", "a factor for each label", file="priors.json"),
    Type("points", "point clouds by scene", "points"),
    Type("objectness", "how likely points are objects of each class", "objectness"),
    Type("index", "an index of photos from outside the dataset", file="photos"),
    Type(OTHER_PHOTOS, "tagged photos of another dataset", file="photos"),
)
TYPES = {type_.name: type_ for type_ in _ALL}
MAPS = ("cam", "prob")
"""the types of score maps"""
