"""Seed makers, the trainings on seeds, and the export of their maps, by name."""

from wsss.registry import Variant

SEEDERS = {
    "threshold": Variant("wsss.seeds.threshold:threshold_seeds", "wsss.seeds.settings:SeedSettings", reads=("saliency",)),
}
GROWERS = {
    "dsrg": Variant("wsss.seeds.dsrg:Dsrg", "wsss.seeds.dsrg_settings:DsrgSettings"),
    "sec": Variant("wsss.seeds.sec:Sec", "wsss.seeds.sec_settings:SecSettings"),
}
GROWN_EXPORTERS = {"grown": Variant("wsss.seeds.grown:grown_maps", "wsss.seeds.grown_settings:GrownSettings")}
