"""Exporters and refiners of class maps by name."""

from wsss.registry import Variant

EXPORTERS = {"cams": Variant("wsss.cams.export:raw_maps", "wsss.cams.settings:ExportSettings")}
REFINERS = {
    "pcm": Variant("wsss.cams.refine_pcm:refined_maps", "wsss.cams.refine_pcm_settings:PcmSettings"),
    "pcm_once": Variant("wsss.cams.refine_pcm_once:refined_once", "wsss.settings:Settings", reads=("maps",)),
}
