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
        needs=("saliency",),
    ),
    "fuse": Method(
        "wsss.labels.fuse:fuse_labels",
        "wsss.labels.fuse_settings:FuseSettings",
        reads=("maps", "saliency"),
        needs=("saliency",),
    ),
    "proposals": Method(
        "wsss.labels.proposals:propose_labels",
        "wsss.labels.proposal_settings:ProposalSettings",
        reads=("maps",),
        annotations=("depth", "camera"),
    ),
    "truth": Method(
        "wsss.labels.truth:true_labels", "wsss.run.settings:Settings", annotations=("mask",)
    ),
    "scribbles": Method(
        "wsss.labels.scribbles:scribble_labels",
        "wsss.labels.stroke_settings:ScribbleSettings",
        annotations=("scribble",),
    ),
    "simulated_scribbles": Method(
        "wsss.labels.simulated:simulated_labels",
        "wsss.labels.stroke_settings:SimulatedSettings",
        annotations=("mask",),
    ),
    "points": Method(
        "wsss.labels.points:point_labels",
        "wsss.labels.stroke_settings:PointSettings",
        annotations=("points",),
    ),
    "boxes": Method(
        "wsss.labels.boxes:box_labels",
        "wsss.labels.box_settings:BoxSettings",
        annotations=("boxes",),
    ),
    "mixture": Method(
        "wsss.labels.mixture:mixed_labels",
        "wsss.labels.mixture_settings:MixtureSettings",
        reads=("rest",),
        annotations=("mask", "scribble", "boxes", "points"),
    ),
}
