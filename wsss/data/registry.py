"""Name -> reader of tagged photos of another dataset."""

from wsss.run.methods import Method

OTHER_DATASETS = {
    "coco": Method(
        "wsss.data.other_photos:read_other_coco",
        "wsss.data.other_photos_settings:OtherCocoSettings",
    ),
    "folder": Method(
        "wsss.data.other_photos:read_other_folder",
        "wsss.data.other_photos_settings:OtherFolderSettings",
    ),
}
