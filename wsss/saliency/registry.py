"""Saliency by name: readers of training photos, networks, and methods that make the maps."""

from wsss.run.methods import Method

SALIENCY_PHOTOS = {
    "folder": Method(
        "wsss.saliency.photos:read_saliency_photos",
        "wsss.saliency.net_settings:SaliencyPhotosSettings",
    ),
}
SALIENCY_NETS = {
    "deeplab": Method(
        "wsss.segment.deeplab:DeepLab", "wsss.saliency.net_settings:SaliencyNetSettings"
    )
}
SALIENCY = {
    "contrast": Method(
        "wsss.saliency.contrast:contrast_saliency",
        "wsss.saliency.contrast_settings:ContrastSettings",
    ),
    "folder": Method(
        "wsss.saliency.folder:folder_saliency", "wsss.saliency.folder_settings:FolderSettings"
    ),
    "learned": Method(
        "wsss.saliency.learned:learned_saliency",
        "wsss.saliency.learned_settings:LearnedSettings",
        reads=("model",),
    ),
}
