"""The datasets that the program draws: `mini`, photos in VOC's layout, and `rooms`, photos with
depth.
"""

from functools import cached_property

from wsss.plan.datasets.base import Dataset, Json
from wsss.plan.datasets.depth import DepthDataset
from wsss.plan.datasets.voc import VocDataset
from wsss.plan.jobs import Job


class Drawn(Dataset):
    """A dataset that is drawn from the settings of the section of its name."""

    def _check_root(self) -> None:
        """Nothing: `data_root` is not read."""

    @property
    def made_here(self) -> bool:
        """Whether a rule makes or downloads the photos."""
        return True

    @property
    def train(self) -> str:
        """The split that networks are trained on."""
        return "train"

    @cached_property
    def _identity(self) -> Json:
        return dict(getattr(self.config, self.name).model_dump(mode="json"))

    @cached_property
    def photos_job(self) -> Job | None:
        """The job that draws the photos."""
        script = f"make_{self.name}"
        return Job(script, f"{script}.py", {"out": self.root}, settings=self._identity)


class DrawnPhotos(Drawn, VocDataset):
    """`mini`."""

    @property
    def reads(self) -> set[str]:
        """The sections and settings that only some kinds of datasets read."""
        return {self.name}


class DrawnRooms(Drawn, DepthDataset):
    """`rooms`."""

    @property
    def reads(self) -> set[str]:
        """The sections and settings that only some kinds of datasets read."""
        return {self.name, "rgbd"}

    @property
    def may_lack_masks(self) -> bool:
        """No: all are drawn."""
        return False
