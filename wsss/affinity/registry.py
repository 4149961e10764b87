"""Sure areas, affinity trainings and walks by name; a method has one of each, under one name."""

from wsss.registry import Variant

SURE = {
    "psa": Variant("wsss.affinity.sure:psa_labels", "wsss.affinity.sure_settings:PsaSureSettings"),
    "irn": Variant("wsss.affinity.sure:ir_labels", "wsss.affinity.sure_settings:IrnSureSettings"),
}
AFFINITIES = {
    "psa": Variant("wsss.affinity.psa:Psa", "wsss.affinity.psa_settings:PsaSettings"),
    "irn": Variant("wsss.affinity.irn:Irn", "wsss.affinity.irn_settings:IrnSettings"),
}
WALKS = {
    "psa": Variant("wsss.affinity.psa_walk:psa_walked", "wsss.affinity.walk_settings:PsaWalkSettings"),
    "irn": Variant("wsss.affinity.irn_walk:irn_walked", "wsss.affinity.walk_settings:IrnWalkSettings"),
}
