"""Name -> classifier."""

from wsss.run.methods import Method

CLASSIFIERS = {
    "cam": Method("wsss.classify.cam:Cam", "wsss.classify.settings:ClassifierSettings"),
    "cpn": Method(
        "wsss.classify.cpn:Cpn",
        "wsss.classify.cpn_settings:CpnSettings",
        reads=("superpixels",),
    ),
    "group": Method("wsss.classify.group:Group", "wsss.classify.group_settings:GroupSettings"),
    "imagenet": Method(
        "wsss.classify.imagenet:ImageNetClassifier", "wsss.classify.settings:ClassifierSettings"
    ),
    "mctformer": Method(
        "wsss.classify.mctformer:Mctformer",
        "wsss.classify.mctformer_settings:MctformerSettings",
    ),
    "mil": Method("wsss.classify.mil:Mil", "wsss.classify.mil_settings:MilSettings"),
    "seam": Method("wsss.classify.seam:Seam", "wsss.classify.seam_settings:SeamSettings"),
}
