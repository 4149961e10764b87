"""Label writers, and the formats that labels are exported in, by name."""

from wsss.registry import Variant

LABELLERS = {
    "crf": Variant("wsss.labels.crf:crf_labels", "wsss.labels.settings:CrfLabelSettings",
                   reads=("maps", "saliency")),
    "par": Variant("wsss.labels.par:par_labels", "wsss.labels.par_settings:ParSettings", reads=("maps", "saliency")),
    "argmax": Variant("wsss.labels.argmax:argmax_labels", "wsss.labels.settings:LabelSettings",
                      reads=("maps", "saliency")),
    "truth": Variant("wsss.labels.truth:true_labels", "wsss.settings:Settings"),
}
FORMATS = {
    "coco": Variant("wsss.labels.formats:write_coco", "wsss.settings:Settings"),
    "panoptic": Variant("wsss.labels.formats:write_panoptic", "wsss.settings:Settings"),
    "labelme": Variant("wsss.labels.formats:write_labelme", "wsss.settings:Settings"),
}
