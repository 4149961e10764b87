"""The formats in which labels can be exported, by name."""

from wsss.run.methods import Method

FORMATS = {
    "coco": Method("wsss.export.formats:write_coco", "wsss.export.settings:ExportSettings"),
    "panoptic": Method("wsss.export.formats:write_panoptic", "wsss.export.settings:ExportSettings"),
    "labelme": Method("wsss.export.formats:write_labelme", "wsss.export.settings:ExportSettings"),
    "cvat": Method("wsss.export.cvat:write_cvat", "wsss.export.settings:ExportSettings"),
    "label_studio": Method(
        "wsss.export.label_studio:write_label_studio", "wsss.export.settings:ExportSettings"
    ),
}
