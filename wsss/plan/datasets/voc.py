"""PASCAL VOC: a folder in its layout, or a download."""

from functools import cached_property
from pathlib import Path

from wsss.datasets.state import voc_state
from wsss.plan.datasets.base import Dataset, Json, hint_of_cut
from wsss.plan.jobs import Job
from wsss.run.errors import UserError
from wsss.run.files import require_file


class VocDataset(Dataset):
    """VOC, or a folder in its layout."""

    def _check_root(self) -> None:
        root = self.config.data_root
        if root is not None and not Path(root, "JPEGImages").is_dir():
            raise UserError(
                f"setting 'data_root' is '{root}', which is not a folder in VOC layout: "
                "JPEGImages/ is missing in it (the folder is usually called VOC2012)"
                f"{hint_of_cut(root)}"
            )

    @property
    def train(self) -> str:
        """The split that networks are trained on."""
        return str(self.config.train_split)

    @property
    def usual_photos(self) -> dict[str, int]:
        """Split -> number of photos of the full dataset, as long as there is no index."""
        return {"train": 10_582 if self.train == "trainaug" else 1_464, "val": 1_449}

    @property
    def reads(self) -> set[str]:
        """The sections and settings that only some kinds of datasets read."""
        return {"data_root", "train_split", *(["download"] if self.made_here else [])}

    @cached_property
    def _identity(self) -> Json:
        """The download, or for a folder of the user's the list of training photos."""
        if self.made_here:
            return {**self.config.download.model_dump(mode="json"), "train_split": self.train}
        return {"train_split": self.train, "list": self._training_list()}

    def _training_list(self) -> list[str]:
        """The names in the list of the training split; [] where there is no list."""
        path = Path(self.config.data_root, "ImageSets", "Segmentation", f"{self.train}.txt")
        if not path.is_file():
            return []
        return require_file(path).read_text(encoding="utf-8-sig", errors="replace").split()

    @cached_property
    def photos_job(self) -> Job | None:
        """The job that downloads the photos; None for a folder of the user's."""
        if not self.made_here:
            return None
        return Job(
            "download_voc",
            "download_voc.py",
            {"out": self.root},
            settings=self.config.download.model_dump(mode="json"),
            options={"trainaug": self.train == "trainaug"},
        )

    @cached_property
    def index_job(self) -> Job:
        """The job that reads the photos and annotations and writes the index."""
        return self._make_index("make_index", {"train_split": self.train})

    def _state(self) -> str:
        return voc_state(Path(self.root), self.train)
