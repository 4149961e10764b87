"""Segmenters and predictors by name."""

from wsss.registry import Variant

SEGMENTERS = {"deeplab": Variant("wsss.segment.deeplab:DeepLab", "wsss.segment.settings:SegmenterSettings")}
PREDICTORS = {"predict": Variant("wsss.segment.predict:predicted_labels", "wsss.segment.predict_settings:PredictSettings")}
