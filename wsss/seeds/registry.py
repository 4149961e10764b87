"""The methods that find thresholds of seeds, make seeds, train networks on them, and export maps of
these networks, by name.
"""

from wsss.run.methods import Method

THRESHOLDS = {
    "shares": Method(
        "wsss.seeds.shares:find_thresholds", "wsss.seeds.shares_settings:ShareSettings"
    )
}
SEEDERS = {
    "threshold": Method(
        "wsss.seeds.threshold:threshold_seeds",
        "wsss.seeds.settings:SeedSettings",
        reads=("maps", "saliency", "thresholds"),
    ),
}
GROWERS = {
    "dsrg": Method("wsss.seeds.dsrg:Dsrg", "wsss.seeds.dsrg_settings:DsrgSettings"),
    "sec": Method("wsss.seeds.sec:Sec", "wsss.seeds.sec_settings:SecSettings"),
}
SEGMENTATION_MAPS = {
    "segmentation_maps": Method(
        "wsss.seeds.segmentation_maps:export_segmentation_maps",
        "wsss.seeds.segmentation_maps_settings:SegmentationMapsSettings",
    ),
}
