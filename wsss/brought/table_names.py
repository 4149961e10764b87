"""The names by which tables call their columns, and the words in their cells that mean yes, no or
nothing. The lists are documented in docs/adding-a-dataset.md#tags.
"""

import re
import string
from collections.abc import Sequence

from wsss.brought.tables import SUFFIXES

IMAGE_COLUMNS = (
    "image", "file_name", "filename", "file", "photo", "image_path", "img_path", "file_path",
    "filepath", "path", "img", "image_name", "image_file", "image_filename", "image_url", "url",
    "image_index", "source_ref", "bild", "foto", "datei", "dateiname", "bilddatei",
    "fichier", "imagen", "archivo", "immagine", "name", "image_id", "imageid", "img_id", "id",
)  # fmt: skip
"""possible names of the column of photos, the most specific first"""
TAG_COLUMNS = (
    "label", "labels", "tag", "tags", "class", "classes", "category", "categories", "class_name",
    "class_names", "classname", "label_name", "labelname", "label_names", "category_name",
    "choice", "choices", "finding_labels", "region_label", "region_attributes", "object", "objects",
    "klasse", "klassen", "kategorie", "kategorien", "schlagwort", "schlagwörter", "classe",
    "catégorie", "étiquette", "étiquettes", "clase", "categoría", "etiqueta", "etiquetas",
)  # fmt: skip
"""names of columns of tags; also with a number, such as label_2"""
SPLIT_COLUMNS = ("split", "set", "subset", "partition")
"""names of the column of splits"""
SPLIT_FLAGS = {
    "is_valid": ("val", "train"), "is_val": ("val", "train"), "is_validation": ("val", "train"),
    "is_test": ("test", "train"), "is_train": ("train", "val"), "is_training": ("train", "val"),
}  # fmt: skip
"""names of a column that says yes or no to a split -> the split of yes, and that of no"""
OTHER_COLUMNS = (
    "", "index", "width", "height", "w", "h", "size", "width_px", "height_px", "area", "depth",
    "x", "y", "xmin", "ymin", "xmax", "ymax", "x1", "y1", "x2", "y2", "bbox", "confidence", "score",
    "probability", "source", "license", "author", "annotator", "date", "time", "created_at",
    "updated_at", "lead_time", "annotation_id", "photographer", "uploader", "user", "worker_id",
    "copyright", "credit", "note", "notes", "comment", "comments", "remark",
    "place", "location", "latitude", "longitude", "lat", "lon", "iscrowd", "is_crowd", "occluded",
    "truncated", "difficult", "md5", "fold", "group", "scene", "video", "class_id", "label_id",
    "category_id", "id", "image_id", "file_size", "file_attributes", "region_count", "region_id",
    "region_shape_attributes", "text", "caption", "captions", "description", "title", "mask",
    "mask_path", "notiz", "notizen", "bemerkung", "bemerkungen", "kommentar", "datum", "ort",
    "remarque", "commentaire", "nota", "notas", "comentario", "fecha", "commento",
)  # fmt: skip
"""names of columns that never hold tags, unless they are named"""
SPLIT_WORDS = {
    "train": "train", "training": "train",
    "val": "val", "valid": "val", "validation": "val", "validate": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
"""word for a split (lower case) -> the split; photos of `test` are in neither train nor val"""
UNSTATED = "unassigned"
"""word in place of a split (lower case) for a photo whose split is to be drawn"""
NOTHING = (
    "nan", "none", "null", "nil", "n/a", "na", "<na>", "#n/a", "-", "--", "?", "background",
    "_background_", "__background__",
)  # fmt: skip
"""words (lower case) in place of a tag that mean that there is none; marks without a letter or a
digit do, too, but for +"""
PERHAPS_NOTHING = (
    "unknown", "unlabeled", "unlabelled", "undefined", "unclear", "unsure", "no label", "no labels",
    "no class", "no object", "no objects", "no finding", "nothing", "empty", "negative", "other",
    "others", "ignore", "void", "keine", "nichts", "unbekannt", "aucun", "ninguno", "nessuno",
)  # fmt: skip
"""tags (lower case, with blanks for _ and -) that may mean that there is none"""
YES = (
    "1", "1.0", "true", "yes", "y", "x", "t", "✓", "✔", "☑", "✅", "ja", "oui", "si", "sí", "да",
    "是",
)  # fmt: skip
"""words (lower case) of a cell that says that the photo has its column's class"""
NO = (
    "", "0", "0.0", "-1", "-1.0", "false", "no", "n", "f", "nan", "none", "null", "n/a", "na",
    "<na>", "#n/a", "-", "nein", "non", "нет", "否",
)  # fmt: skip
"""words (lower case) of a cell that says that it does not"""


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
    is_file = known in IMAGE_COLUMNS and known != "name"
    by_tools = known.startswith("unnamed:") or known.endswith("_metadata")
    return known in OTHER_COLUMNS or known in SPLIT_FLAGS or is_file or by_tools


def is_nothing(word: str) -> bool:
    """Whether a word in place of a tag means that there is none."""
    return word.lower() in NOTHING or (word != "+" and not word.strip(string.punctuation))


def may_be_nothing(tag: str) -> bool:
    """Whether a tag may mean that there is none, such as `unknown`."""
    return re.sub(r"[\s_-]+", " ", tag.lower()) in PERHAPS_NOTHING


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
