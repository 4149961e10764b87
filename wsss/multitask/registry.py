"""Methods that train networks of several tasks, and that update maps by them, by name."""

from wsss.run.methods import Method

MULTITASKS = {
    "auxsegnet": Method(
        "wsss.multitask.auxsegnet:AuxSegNet", "wsss.multitask.auxsegnet_settings:AuxSegNetSettings"
    ),
}
UPDATES = {
    "cross_affinity": Method(
        "wsss.multitask.cross_affinity:update_maps",
        "wsss.multitask.cross_affinity_settings:CrossAffinitySettings",
    ),
}
