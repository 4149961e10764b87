"""A folder of the user's, whose name in the settings is any that is not of another kind."""

from functools import cached_property
from pathlib import Path

from wsss.datasets.state import folder_state
from wsss.plan.datasets.base import NAMES, Dataset, Json, hint_of_cut
from wsss.plan.datasets.settings_file import find_settings
from wsss.plan.jobs import Job
from wsss.run.errors import UserError, nearest


class FolderDataset(Dataset):
    """A folder of photos, with tables of tags and perhaps masks."""

    own = True
    has_boxes = False

    def _check_root(self) -> None:
        root = self.config.data_root
        if root is None:
            raise UserError(self._no_root())
        if not Path(root).is_dir():
            raise UserError(
                f"setting 'dataset' is '{self.name}', a folder of yours, but 'data_root' is "
                f"{root!r}, which is not a folder; correct the path{hint_of_cut(root)}"
            )

    def _no_root(self) -> str:
        """The error of a dataset without `data_root`: mistyped, or its file was not given."""
        hint = nearest(self.name, NAMES)
        start = (
            f"setting 'dataset' is '{self.name}', a folder of yours{hint}, without 'data_root'; "
        )
        path = find_settings(self.name)
        if path is not None:
            return f"{start}add --configfile {path}"
        return f"{start}python stages/new_dataset.py PHOTOS makes a file of settings with both"

    @property
    def has_masks(self) -> bool:
        """Whether the settings name a folder of masks."""
        return self.config.folder.masks is not None

    @property
    def may_lack_masks(self) -> bool:
        """Whether photos may have no mask; scores of predictions are then on those that have."""
        return True

    @property
    def lacking(self) -> set[str]:
        """The annotations, as results call them, that no photo has."""
        boxes = set() if self.config.annotations.boxes else {"boxes"}
        return super().lacking | boxes | (set() if self.has_masks else {"masks"})

    @property
    def reads(self) -> set[str]:
        """The sections and settings that only some kinds of datasets read."""
        return {"data_root", "folder"}

    @cached_property
    def _identity(self) -> Json:
        own = self.config.folder
        return {"classes": own.classes, "val_share": own.share_of_val}

    @cached_property
    def index_job(self) -> Job:
        """The job that reads the photos, tables and masks and writes the index."""
        return self._make_index("index_folder", self.config.folder.model_dump(mode="json"))

    def _state(self) -> str:
        own = self.config.folder
        tables = own.tags, own.splits, own.groups, own.fixes
        return folder_state(Path(self.root), own.masks, *tables)
