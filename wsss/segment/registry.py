"""Segmenters and predictors by name."""

from wsss.run.methods import Method

SEGMENTERS = {"deeplab": Method("wsss.segment.deeplab:DeepLab", "wsss.segment.settings:SegmenterSettings")}
FURTHER: dict[str, Method] = {}
"""the methods of other kinds of steps whose networks stages/predict.py reads too; here, so that one more reruns nothing"""
PREDICTORS = {"predict": Method("wsss.segment.predict:predicted_labels", "wsss.segment.predict_settings:PredictSettings")}
