"""Settings of the user's own saliency maps."""

from wsss.run.settings import Settings, UserPath


class FolderSettings(Settings):
    """Saliency maps that you have, one for each photo."""

    folder: UserPath | None = None
    """the folder of maps: ID.png, grey with 255 salient, or a mask, as large as the photo"""
