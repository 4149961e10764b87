"""Name -> exporter, refiner or source of class maps."""

from wsss.run.methods import Method

EXPORTERS = {
    "cams": Method("wsss.cams.export:export_raw_maps", "wsss.cams.settings:ExportSettings"),
    "group": Method(
        "wsss.cams.group_export:GroupExport", "wsss.cams.group_settings:GroupExportSettings"
    ),
    "gradcam_pp": Method(
        "wsss.cams.gradient:grad_cam_pp", "wsss.cams.gradient_settings:GradientSettings"
    ),
    "layercam": Method(
        "wsss.cams.gradient:layer_cam", "wsss.cams.gradient_settings:GradientSettings"
    ),
    "attention": Method(
        "wsss.cams.attention:attention_cam", "wsss.cams.attention_settings:AttentionSettings"
    ),
    "class_tokens": Method(
        "wsss.cams.class_tokens:class_token_cam",
        "wsss.cams.class_tokens_settings:ClassTokenSettings",
    ),
}
REFINERS = {
    "pcm": Method("wsss.cams.refine_pcm:refine_maps", "wsss.cams.refine_pcm_settings:PcmSettings"),
    "pcm_once": Method(
        "wsss.cams.refine_pcm_once:refine_once", "wsss.run.settings:Settings", reads=("maps",)
    ),
}
MAP_SOURCES = {
    "folder": Method(
        "wsss.cams.foreign:read_foreign_map", "wsss.cams.foreign_settings:ForeignMapSettings"
    ),
}
