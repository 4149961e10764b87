"""Settings of the export of class maps from groups."""

from pydantic import PositiveInt

from wsss.cams.settings import ExportSettings
from wsss.training.settings import Share


class GroupExportSettings(ExportSettings):
    """Class maps of Group-WSSS (docs/methods.md#group-maps): a photo's map after messages from its
    partners, averaged over several groups.
    """

    groups: PositiveInt = 3
    """groups of different partners that a photo's map is averaged over"""
    accumulate: bool = False
    """take the largest of the maps of all epochs, which the classifier kept (keep_epochs), as
    published; the cost is that of one export for each epoch"""
    accumulate_from: Share = 0.1
    """accumulate: an epoch counts for a class if the classifier gives it this probability"""
