"""The dataset of a configuration: its name, its folder under work/, the jobs that make its photos
and its index, and whether the index is up to date.

The folder's name is DATASET-digest. The digest is of the settings of the index's reader, not of
paths or photos. So a folder of photos may be moved. If a photo is replaced, the index holds another
digest for it, and only steps that read its split are stale.
"""

from functools import cached_property
from glob import escape
from pathlib import Path
from typing import Any

from wsss.datasets.rgbd_layout import FILES, FOLDERS
from wsss.datasets.state import folder_state, is_current, rgbd_state, voc_state, with_annotations
from wsss.plan.dataset_files import find_settings
from wsss.plan.jobs import Artifact, Job
from wsss.run.errors import UserError, nearest
from wsss.run.files import require_file
from wsss.run.settings import digest

SYNTHETIC, VOC, COCO, ROOMS, RGBD = "mini", "voc", "coco", "rooms", "rgbd"
"""the datasets that the program makes itself, downloads, or reads in a layout of their own; any
other name is a user's folder"""
DRAWN = (SYNTHETIC, ROOMS)
"""the datasets that the program draws"""


class Dataset:
    """The dataset of a configuration; that for COCO is in coco_dataset.py."""

    def __init__(self, config: Any) -> None:
        self.config = config
        self.name: str = config.dataset
        self.own = self.name not in (VOC, COCO, RGBD, *DRAWN)
        self._check_root()

    def _check_root(self) -> None:
        """Refuse a `data_root` that is no folder, or for voc not in VOC layout."""
        root, name = self.config.data_root, self.name
        if name == VOC and root is not None and not Path(root, "JPEGImages").is_dir():
            raise UserError(
                f"setting 'data_root' is '{root}', which is not a folder in VOC layout: "
                "JPEGImages/ is missing in it (the folder is usually called VOC2012)"
                f"{hint_of_cut(root)}"
            )
        if self.name == RGBD and (root is None or not Path(root, "depth").is_dir()):
            raise UserError(
                f"setting 'data_root' is {root!r}, which is no folder with images/ and depth/; "
                f"docs/adding-a-dataset.md shows the layout{hint_of_cut(root)}"
            )
        if self.own and root is None:
            raise UserError(self._no_root())
        if self.own and not Path(root).is_dir():
            raise UserError(
                f"setting 'dataset' is '{name}', a folder of yours, but 'data_root' is "
                f"{root!r}, which is not a folder; correct the path{hint_of_cut(root)}"
            )

    def _no_root(self) -> str:
        """The error of a dataset without `data_root`: mistyped, or its file was not given."""
        hint = nearest(self.name, (VOC, COCO, RGBD, *DRAWN))
        start = (
            f"setting 'dataset' is '{self.name}', a folder of yours{hint}, without 'data_root'; "
        )
        path = find_settings(self.name)
        if path is not None:
            return f"{start}add --configfile {path}"
        return f"{start}python stages/new_dataset.py PHOTOS makes a file of settings with both"

    @property
    def annotations(self) -> dict[str, Any]:
        """The option `annotations` of the index job, if the settings name any; else {}."""
        given = self.config.annotations
        return {"annotations": given.model_dump(mode="json")} if given.paths else {}

    @property
    def lacking(self) -> set[str]:
        """The annotations, as results call them, that no photo has: no setting names files of them,
        and the dataset has none of its own.
        """
        given = self.config.annotations
        lacking = {kind for kind in ("scribbles", "points") if not getattr(given, kind)}
        if self.own:
            lacking |= set() if given.boxes else {"boxes"}
            lacking |= {"masks"} if self.config.folder.masks is None else set()
        return lacking

    @property
    def beside(self) -> dict[str, Any]:
        """The options of the index job for what lies beside the dataset: annotations and
        corrections.
        """
        corrections = self.config.corrections
        return {**self.annotations, **({"corrections": corrections} if corrections else {})}

    @property
    def made_here(self) -> bool:
        """Whether a rule makes or downloads the photos."""
        return self.name in DRAWN or self.config.data_root is None

    @property
    def train(self) -> str:
        """The split that networks are trained on."""
        return self.config.train_split if self.name == VOC else "train"

    @property
    def usual_photos(self) -> dict[str, int]:
        """Split -> number of photos of the full dataset, as long as there is no index."""
        return {"train": 10_582 if self.train == "trainaug" else 1_464, "val": 1_449}

    @property
    def may_lack_masks(self) -> bool:
        """Whether photos may have no mask; scores of predictions are then on those that have."""
        return self.own or self.name == RGBD

    @property
    def has_depth(self) -> bool:
        """Whether photos have depth, a camera and perhaps poses."""
        return self.name in (ROOMS, RGBD)

    @cached_property
    def base(self) -> str:
        """Its folder under work/, DATASET-digest."""
        return f"{self.name}-{digest(self._identity)}"

    @cached_property
    def _identity(self) -> dict[str, Any]:
        """What the digest in the folder's name is of: the settings of the index's reader, and for a
        VOC folder of the user's the list of training photos.
        """
        config = self.config
        if self.name in DRAWN:
            return dict(getattr(config, self.name).model_dump(mode="json"))
        if self.name == RGBD:
            return {}
        if self.own:
            return {"classes": config.folder.classes, "val_share": config.folder.share_of_val}
        if config.data_root is None:
            return {**config.download.model_dump(mode="json"), "train_split": self.train}
        return {"train_split": self.train, "list": self._training_list()}

    def _training_list(self) -> list[str]:
        """The names in the list of the training split; [] where there is no list."""
        path = Path(self.config.data_root, "ImageSets", "Segmentation", f"{self.train}.txt")
        if not path.is_file():
            return []
        return require_file(path).read_text(encoding="utf-8-sig", errors="replace").split()

    @property
    def root(self) -> str:
        """The folder of the photos, which a rule may still have to make."""
        return f"work/{self.base}/photos" if self.made_here else str(self.config.data_root)

    @property
    def index(self) -> str:
        """The path of the index."""
        return f"work/{self.base}/index.json"

    @cached_property
    def photos_job(self) -> Job | None:
        """The job that makes or downloads the photos; None for a folder of the user's."""
        out = {"out": self.root}
        if self.name in DRAWN:
            drawn = getattr(self.config, self.name).model_dump(mode="json")
            return Job(f"make_{self.name}", f"make_{self.name}.py", out, settings=drawn)
        if self.config.data_root is not None:
            return None
        return Job(
            "download_voc",
            "download_voc.py",
            out,
            settings=self.config.download.model_dump(mode="json"),
            options={"trainaug": self.train == "trainaug"},
        )

    @cached_property
    def index_job(self) -> Job:
        """The job that reads the photos and annotations and writes the index.

        Photos that a rule makes are an input of it (`places`), a user's folder is an option
        (`more`).
        """
        more, made = {"name": self.name, **self.beside}, {"out": self.index}
        if self.own:
            return Job(
                "index_folder",
                "index_folder.py",
                made,
                settings=self.config.folder.model_dump(mode="json"),
                more={**more, "data_root": self.root},
            )
        places = {"data_root": Artifact(self.root, self.photos_job)} if self.made_here else {}
        roots = {} if self.made_here else {"data_root": self.root}
        script, settings = "make_index", {"train_split": self.train}
        if self.has_depth:
            script, settings = "index_rgbd", self.config.rgbd.model_dump(mode="json")
        return Job(
            script,
            f"{script}.py",
            made,
            settings=settings,
            more={**more, **roots},
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

    def _state(self) -> str:
        """The digest without annotations beside the dataset."""
        if self.own:
            own = self.config.folder
            tables = own.tags, own.splits, own.groups, own.fixes
            return folder_state(Path(self.root), own.masks, *tables)
        if self.has_depth:
            return rgbd_state(Path(self.root), FOLDERS, FILES)
        return voc_state(Path(self.root), self.train)

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
