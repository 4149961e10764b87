"""The formats in which labels can be exported, by name."""

from wsss.run.methods import Method

FORMATS = {
    "coco": Method("wsss.export.formats:write_coco", "wsss.run.settings:Settings"),
    "panoptic": Method("wsss.export.formats:write_panoptic", "wsss.run.settings:Settings"),
    "labelme": Method("wsss.export.formats:write_labelme", "wsss.run.settings:Settings"),
}
