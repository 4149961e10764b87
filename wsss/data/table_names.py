"""The names by which tables call their columns, and the words in their cells that mean yes, no or
nothing. The lists are documented in docs/adding-a-dataset.md#tags.
"""

import re

IMAGE_COLUMNS = (
    "image", "file_name", "filename", "file", "photo", "image_path", "img_path", "file_path",
    "filepath", "path", "img", "image_name", "image_file", "image_filename", "image_url", "url",
    "image_index", "name", "image_id", "imageid", "img_id", "id",
)  # fmt: skip
"""possible names of the column of photos, the most specific first"""
TAG_COLUMNS = (
    "label", "labels", "tag", "tags", "class", "classes", "category", "categories", "class_name",
    "class_names", "classname", "label_name", "labelname", "label_names", "category_name",
    "choice", "choices", "finding_labels", "region_label", "object", "objects",
)  # fmt: skip
"""names of columns of tags; also with a number, such as label_2"""
SPLIT_COLUMNS = ("split", "set", "subset", "partition")
"""names of the column of splits"""
OTHER_COLUMNS = (
    "", "index", "width", "height", "w", "h", "size", "width_px", "height_px", "area", "depth",
    "x", "y", "xmin", "ymin", "xmax", "ymax", "x1", "y1", "x2", "y2", "bbox", "confidence", "score",
    "probability", "source", "license", "author", "annotator", "date", "time", "created_at",
    "updated_at", "lead_time", "annotation_id", "note", "notes", "comment", "comments", "remark",
    "place", "location", "latitude", "longitude", "lat", "lon", "iscrowd", "is_crowd", "occluded",
    "truncated", "difficult", "md5", "fold", "group", "scene", "video", "class_id", "label_id",
    "category_id", "id", "image_id",
)  # fmt: skip
"""names of columns that never hold tags, unless they are named"""
SPLIT_WORDS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
"""word for a split (lower case) -> the split; photos of `test` are in neither train nor val"""
YES = ("1", "1.0", "true", "yes", "y", "x", "t", "✓")
"""words (lower case) of a cell that says that the photo has its column's class"""
NO = ("", "0", "0.0", "-1", "-1.0", "false", "no", "n", "f")
"""words (lower case) of a cell that says that it does not"""
NOTHING = (
    "nan", "none", "null", "nil", "n/a", "na", "-", "--", "?", "background", "_background_",
    "__background__",
)  # fmt: skip
"""words (lower case) in place of a tag that mean that there is none"""


def plain(name: str) -> str:
    """The name of a column in lower case, with _ for what separates its words."""
    return re.sub(r"[\s.\-_]+", "_", name.strip().lower())


def is_image_column(name: str) -> bool:
    """Whether a name is one of the column of photos."""
    return plain(name) in IMAGE_COLUMNS


def is_tag_column(name: str) -> bool:
    """Whether a name is one of a column of tags, such as `labels` or `tag 2`."""
    return re.sub(r"_?\d+$", "", plain(name)) in TAG_COLUMNS


def is_other_column(name: str) -> bool:
    """Whether a column never holds tags, such as `width`, or an index that pandas wrote."""
    return plain(name) in OTHER_COLUMNS or plain(name).startswith("unnamed:")
