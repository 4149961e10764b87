"""The names by which tables call their columns, and the words in their cells that mean yes, no or
nothing. The lists are documented in docs/adding-a-dataset.md#tags.
"""

import re
from collections.abc import Sequence

from wsss.data.tables import SUFFIXES

IMAGE_COLUMNS = (
    "image", "file_name", "filename", "file", "photo", "image_path", "img_path", "file_path",
    "filepath", "path", "img", "image_name", "image_file", "image_filename", "image_url", "url",
    "image_index", "source_ref", "name", "image_id", "imageid", "img_id", "id",
)  # fmt: skip
"""possible names of the column of photos, the most specific first"""
TAG_COLUMNS = (
    "label", "labels", "tag", "tags", "class", "classes", "category", "categories", "class_name",
    "class_names", "classname", "label_name", "labelname", "label_names", "category_name",
    "choice", "choices", "finding_labels", "region_label", "region_attributes", "object", "objects",
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
    "category_id", "id", "image_id", "file_size", "file_attributes", "region_count", "region_id",
    "region_shape_attributes", "text", "caption", "captions", "description", "title", "mask",
    "mask_path",
)  # fmt: skip
"""names of columns that never hold tags, unless they are named"""
SPLIT_WORDS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val", "validate": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
"""word for a split (lower case) -> the split; photos of `test` are in neither train nor val"""
YES = ("1", "1.0", "true", "yes", "y", "x", "t", "✓")
"""words (lower case) of a cell that says that the photo has its column's class"""
NO = ("", "0", "0.0", "-1", "-1.0", "false", "no", "n", "f")
"""words (lower case) of a cell that says that it does not"""
UNSTATED = "unassigned"
"""word in place of a split (lower case) for a photo whose split is to be drawn"""
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
    known = plain(name)
    return known in OTHER_COLUMNS or known.startswith("unnamed:") or known.endswith("_metadata")


def is_number(text: str) -> bool:
    """Whether a text is a number, such as `3`, `-1` or `0.5`."""
    return re.fullmatch(r"[-+]?\d+(\.\d*)?", text) is not None


def is_photo(cell: str) -> bool:
    """Whether a cell has the ending of a photo."""
    return cell.lower().endswith(SUFFIXES)


def has_photo(cells: Sequence[str]) -> bool:
    """Whether one of the cells has the ending of a photo."""
    return any(map(is_photo, cells))


def find_image_column(header: Sequence[str]) -> int | None:
    """The column of photos by its name; None if the line is no header, as one with a photo."""
    if len(header) < 2 or has_photo(header):
        return None
    names = [plain(cell) for cell in header]
    return next((names.index(name) for name in IMAGE_COLUMNS if name in names), None)
