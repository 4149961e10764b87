"""Sure areas, affinity trainings and walks by name; a method has one of each, under one name."""

from wsss.run.methods import Method

SURE = {
    "psa": Method("wsss.affinity.sure:psa_labels", "wsss.affinity.sure_settings:PsaSureSettings"),
    "irn": Method("wsss.affinity.sure:ir_labels", "wsss.affinity.sure_settings:IrnSureSettings"),
}
AFFINITIES = {
    "psa": Method("wsss.affinity.psa:Psa", "wsss.affinity.psa_settings:PsaSettings"),
    "irn": Method("wsss.affinity.irn:Irn", "wsss.affinity.irn_settings:IrnSettings"),
}
WALKS = {
    "psa": Method("wsss.affinity.psa_walk:psa_walked", "wsss.affinity.walk_settings:PsaWalkSettings"),
    "irn": Method("wsss.affinity.irn_walk:irn_walked", "wsss.affinity.walk_settings:IrnWalkSettings"),
}
