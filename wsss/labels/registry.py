"""The methods that write labels, by name."""

from wsss.run.methods import Method

LABELLERS = {
    "crf": Method(
        "wsss.labels.crf:crf_labels",
        "wsss.labels.settings:CrfLabelSettings",
        reads=("maps", "saliency"),
    ),
    "par": Method(
        "wsss.labels.par:par_labels",
        "wsss.labels.par_settings:ParSettings",
        reads=("maps", "saliency"),
    ),
    "argmax": Method(
        "wsss.labels.argmax:argmax_labels",
        "wsss.labels.settings:LabelSettings",
        reads=("maps", "saliency"),
    ),
    "group": Method(
        "wsss.labels.group:group_labels",
        "wsss.labels.group_settings:GroupLabelSettings",
        reads=("maps", "saliency"),
    ),
    "fuse": Method(
        "wsss.labels.fuse:fuse_labels",
        "wsss.labels.fuse_settings:FuseSettings",
        reads=("maps", "saliency"),
    ),
    "truth": Method(
        "wsss.labels.truth:true_labels", "wsss.run.settings:Settings", annotations=("mask",)
    ),
}
