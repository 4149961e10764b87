"""Photos with depth and cameras, in a layout of this program (docs/adding-a-dataset.md)."""

from functools import cached_property
from pathlib import Path

from wsss.datasets.rgbd_layout import FILES, FOLDERS
from wsss.datasets.state import rgbd_state
from wsss.plan.datasets.base import Dataset, Json, hint_of_cut
from wsss.plan.jobs import Job
from wsss.run.errors import UserError


class DepthDataset(Dataset):
    """A folder of the user's with photos, depth and cameras."""

    has_depth = True

    def _check_root(self) -> None:
        root = self.config.data_root
        if root is None or not Path(root, "depth").is_dir():
            raise UserError(
                f"setting 'data_root' is {root!r}, which is no folder with images/ and depth/; "
                f"docs/adding-a-dataset.md shows the layout{hint_of_cut(root)}"
            )

    @property
    def may_lack_masks(self) -> bool:
        """Whether photos may have no mask; scores of predictions are then on those that have."""
        return True

    @property
    def reads(self) -> set[str]:
        """The sections and settings that only some kinds of datasets read."""
        return {"data_root", "rgbd"}

    @property
    def _identity(self) -> Json:
        return {}

    @cached_property
    def index_job(self) -> Job:
        """The job that reads the photos and annotations and writes the index."""
        return self._make_index("index_rgbd", self.config.rgbd.model_dump(mode="json"))

    def _state(self) -> str:
        return rgbd_state(Path(self.root), FOLDERS, FILES)
