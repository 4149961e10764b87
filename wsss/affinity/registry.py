"""Confident areas, affinity trainings and walks by name. A method has one of each."""

from wsss.run.methods import Method

CONFIDENT = {
    "psa": Method(
        "wsss.affinity.confident:psa_labels",
        "wsss.affinity.confident_settings:PsaConfidentSettings",
    ),
    "irn": Method(
        "wsss.affinity.confident:ir_labels", "wsss.affinity.confident_settings:IrnConfidentSettings"
    ),
}
AFFINITIES = {
    "psa": Method("wsss.affinity.psa:Psa", "wsss.affinity.psa_settings:PsaSettings"),
    "irn": Method("wsss.affinity.irn:Irn", "wsss.affinity.irn_settings:IrnSettings"),
}
WALKS = {
    "psa": Method("wsss.affinity.psa_walk:walk_psa", "wsss.affinity.walk_settings:PsaWalkSettings"),
    "irn": Method("wsss.affinity.irn_walk:walk_irn", "wsss.affinity.walk_settings:IrnWalkSettings"),
}
