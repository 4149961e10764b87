"""Sure areas, affinity trainings and walks by name."""

from wsss.registry import Variant

SURE = {"sure": Variant("wsss.affinity.sure:sure_labels", "wsss.affinity.sure_settings:SureSettings")}
AFFINITIES = {"psa": Variant("wsss.affinity.psa:Psa", "wsss.affinity.settings:AffinitySettings")}
WALKS = {"walk": Variant("wsss.affinity.walk:walked_maps", "wsss.affinity.walk_settings:WalkSettings")}
