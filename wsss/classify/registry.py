"""The classifiers by name."""

from wsss.registry import Variant

CLASSIFIERS = {
    "cam": Variant("wsss.classify.cam:Cam", "wsss.classify.settings:ClassifierSettings"),
    "seam": Variant("wsss.classify.seam:Seam", "wsss.classify.seam_settings:SeamSettings"),
}
