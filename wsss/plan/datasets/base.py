"""What all kinds of datasets have: a name, a folder under work/, and an index.

The folder's name is DATASET-digest. The digest is of the settings of the index's reader, not of
paths or photos. So a folder of photos may be moved. If a photo is replaced, the index holds another
digest for it, and only steps that read its split are stale.
"""

from abc import ABC, abstractmethod
from functools import cached_property
from glob import escape
from pathlib import Path
from typing import Any

from wsss.datasets.state import is_current, with_annotations
from wsss.plan.jobs import Artifact, Job
from wsss.run.settings import digest

Json = dict[str, Any]
NAMES = ("voc", "coco", "rgbd", "mini", "rooms")
"""the kinds of datasets by their names in the settings; any other is a folder of the user's"""


class Dataset(ABC):
    """The dataset of a configuration. A kind of dataset is a subclass; registry.py lists them."""

    own: bool = False
    """whether it is a folder of the user's, in which any photo may lack tags or a mask"""
    has_depth: bool = False
    """whether photos have depth, a camera and perhaps poses"""
    has_boxes: bool = True
    """whether photos have boxes without a file that the settings name"""

    def __init__(self, config: Any) -> None:
        self.config = config
        self.name: str = config.dataset
        self._check_root()

    @abstractmethod
    def _check_root(self) -> None:
        """Refuse a `data_root` that is not as this kind of dataset needs it."""

    @property
    @abstractmethod
    def _identity(self) -> Json:
        """What the digest in the folder's name is of: the settings of the index's reader."""

    @property
    @abstractmethod
    def index_job(self) -> Job:
        """The job that reads the photos and annotations and writes the index."""

    @abstractmethod
    def _state(self) -> str:
        """The digest of `state`, without annotations beside the dataset."""

    @property
    @abstractmethod
    def reads(self) -> set[str]:
        """The sections and settings that this dataset reads, of those that only some kinds of
        datasets read (registry.py, OF_SOME).
        """

    @property
    def photos_job(self) -> Job | None:
        """The job that makes or downloads the photos; None for a folder of the user's."""
        return None

    @property
    def train(self) -> str:
        """The split that networks are trained on."""
        return "train"

    @property
    def usual_photos(self) -> dict[str, int]:
        """Split -> number of photos of the full dataset, as long as there is no index."""
        return {"train": 1_464, "val": 1_449}

    @property
    def has_masks(self) -> bool:
        """Whether photos have masks without a file that the section `annotations` names."""
        return True

    @property
    def may_lack_masks(self) -> bool:
        """Whether photos may have no mask; scores of predictions are then on those that have."""
        return False

    @property
    def annotations(self) -> Json:
        """The option `annotations` of the index job, if the settings name any; else {}."""
        given = self.config.annotations
        return {"annotations": given.model_dump(mode="json")} if given.paths else {}

    @property
    def lacking(self) -> set[str]:
        """The annotations, as results call them, that no photo has: no setting names files of them,
        and the dataset has none of its own.
        """
        given = self.config.annotations
        return {kind for kind in ("scribbles", "points") if not getattr(given, kind)}

    @property
    def beside(self) -> Json:
        """The options of the index job for what lies beside the dataset: annotations and
        corrections.
        """
        corrections = self.config.corrections
        return {**self.annotations, **({"corrections": corrections} if corrections else {})}

    @property
    def made_here(self) -> bool:
        """Whether a rule makes or downloads the photos."""
        return self.config.data_root is None

    @cached_property
    def base(self) -> str:
        """Its folder under work/, DATASET-digest."""
        return f"{self.name}-{digest(self._identity)}"

    @property
    def root(self) -> str:
        """The folder of the photos, which a rule may still have to make."""
        return f"work/{self.base}/photos" if self.made_here else str(self.config.data_root)

    @property
    def index(self) -> str:
        """The path of the index."""
        return f"work/{self.base}/index.json"

    def _make_index(self, script: str, settings: Json) -> Job:
        """The job of a script that writes the index. Photos that a rule makes are an input of it
        (`places`), a user's folder is an option (`more`).
        """
        places = {"data_root": Artifact(self.root, self.photos_job)} if self.made_here else {}
        roots = {} if self.made_here else {"data_root": self.root}
        return Job(
            script,
            f"{script}.py",
            {"out": self.index},
            settings=settings,
            more={"name": self.name, **self.beside, **roots},
            places=places,
        )

    @property
    def objects(self) -> str | None:
        """The folder that the index job writes beside the index; None if it writes none."""
        return None

    @property
    def artifact(self) -> Artifact:
        """The index, as an input of jobs."""
        return Artifact(self.index, self.index_job)

    def state(self) -> str:
        """A digest of the names, sizes and times of the dataset's files, which are not read."""
        corrections = self.config.corrections
        paths = [*self.config.annotations.paths, *([corrections] if corrections else [])]
        return with_annotations(self._state(), paths)

    @property
    def is_read(self) -> bool:
        """Whether there is an index, and no file of the dataset has changed since it was made."""
        return Path(self.index).is_file() and is_current(Path(self.index), self.state())


def hint_of_cut(root: str | None) -> str:
    """A hint where YAML has taken the rest of a folder's name for a comment; "" elsewhere."""
    if root is None:
        return ""
    longer = sorted(Path(root).parent.glob(f"{escape(Path(root).name)} #*"))
    if not longer:
        return ""
    return f"; YAML ends a value before ' #': is it {longer[0]}? Write 'data_root=\"{longer[0]}\"'"
