"""Saliency networks and makers of saliency maps, by name."""

from wsss.registry import Variant

SALIENCY_NETS = {"deeplab": Variant("wsss.segment.deeplab:DeepLab", "wsss.saliency.net_settings:SaliencyNetSettings")}
SALIENCY = {
    "folder": Variant("wsss.saliency.folder:folder_saliency", "wsss.saliency.folder_settings:FolderSettings"),
    "contrast": Variant("wsss.saliency.contrast:contrast_saliency", "wsss.saliency.contrast_settings:ContrastSettings"),
    "learned": Variant("wsss.saliency.learned:learned_saliency", "wsss.saliency.learned_settings:LearnedSettings",
                       reads=("model",), needs="saliency_net"),
}
