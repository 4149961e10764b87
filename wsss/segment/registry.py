"""Segmenters and predictors by name, and the networks that predictors read."""

from wsss.classify.registry import CLASSIFIERS
from wsss.run.methods import Method
from wsss.seeds.registry import GROWERS

SEGMENTERS = {
    "deeplab": Method("wsss.segment.deeplab:DeepLab", "wsss.segment.settings:SegmenterSettings")
}
NETWORKS = {**CLASSIFIERS, **GROWERS, **SEGMENTERS}
"""the methods whose networks stages/predict.py can build again; the registry of a kind of step that
trains one stands in this file and is added here"""
PREDICTORS = {
    "predict": Method(
        "wsss.segment.predict:predict_labels", "wsss.segment.predict_settings:PredictSettings"
    ),
    "class_maps": Method(
        "wsss.segment.class_maps:predict_from_class_maps",
        "wsss.segment.class_maps_settings:ClassMapPredictSettings",
        takes={"model": ("classifier",)},
    ),
}
