"""The methods that train segmentation networks and predict with them, by name."""

from wsss.classify.registry import CLASSIFIERS
from wsss.multitask.registry import MULTITASKS
from wsss.run.methods import Method
from wsss.seeds.registry import GROWERS

SEGMENTERS = {
    "deeplab": Method(
        "wsss.segment.deeplab:DeepLab",
        "wsss.segment.settings:SegmenterSettings",
        reads=("labels",),
    ),
    "rrm": Method("wsss.segment.single_stage:SingleStage", "wsss.segment.rrm_settings:RrmSettings"),
    "aalr": Method("wsss.segment.aalr:Aalr", "wsss.segment.aalr_settings:AalrSettings"),
}
ONLINE_LABELLERS = {
    "rrm": Method(
        "wsss.segment.online_export:label_whole_photo",
        "wsss.segment.online_settings:OnlineExportSettings",
    ),
    "aalr": Method(
        "wsss.segment.online_export:label_whole_photo",
        "wsss.segment.online_settings:OnlineExportSettings",
    ),
}
"""for the methods that label photos while they train: what writes the labels that their networks
make in the end"""
SEGMENTATION_NETWORKS = {**GROWERS, **MULTITASKS, **SEGMENTERS}
"""the methods whose networks give a score of background and of each class at every position"""
NETWORKS = {**CLASSIFIERS, **SEGMENTATION_NETWORKS}
"""the methods whose networks stages/predict.py can load; add the registry of a new kind of step
whose network predicts"""
PRIORS = {
    "shares": Method(
        "wsss.segment.prior_shift:find_shift",
        "wsss.segment.prior_shift_settings:PriorShiftSettings",
    )
}
PREDICTORS = {
    "predict": Method(
        "wsss.segment.predict:predict_labels",
        "wsss.segment.predict_settings:PredictSettings",
        reads=("tagger", "priors"),
    ),
    "class_maps": Method(
        "wsss.segment.class_maps:predict_from_class_maps",
        "wsss.segment.class_maps_settings:ClassMapPredictSettings",
        takes={"model": ("classifier",)},
    ),
    "mil": Method(
        "wsss.segment.mil:predict_from_planes",
        "wsss.segment.mil_settings:MilPredictSettings",
        reads=("superpixels",),
        takes={"model": ("classifier",)},
    ),
}
