"""Segmenters and predictors by name."""

from wsss.run.methods import Method

SEGMENTERS = {"deeplab": Method("wsss.segment.deeplab:DeepLab", "wsss.segment.settings:SegmenterSettings")}
PREDICTORS = {"predict": Method("wsss.segment.predict:predicted_labels", "wsss.segment.predict_settings:PredictSettings")}
