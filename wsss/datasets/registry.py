"""Name -> reader of tagged photos of another dataset."""

from wsss.run.methods import Method

OTHER_DATASETS = {
    "coco": Method(
        "wsss.datasets.other_photos:read_other_coco",
        "wsss.datasets.other_photos_settings:OtherCocoSettings",
    ),
    "folder": Method(
        "wsss.datasets.other_photos:read_other_folder",
        "wsss.datasets.other_photos_settings:OtherFolderSettings",
    ),
}
