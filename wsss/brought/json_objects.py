"""Turns the JSON of several tools into a list of objects, which are the lines of a table."""

from collections.abc import Iterator, Mapping
from typing import Any

OF_COCO = ("images", "annotations", "categories", "info")
"""keys of which none is the name of a photo"""
NO_TAGS = ("textarea", "rating", "number", "datetime")
"""types of results of Label Studio that say no class"""
VIA = "_via_img_metadata"
"""the key of the photos in a project of VIA"""


def objects_of_json(data: Any) -> list[Any]:
    """An object for each photo; [] for JSON of an unknown form.

    Tasks of Label Studio that were annotated, photos of VIA, FiftyOne's {"classes": [...],
    "labels": {photo: number}} and {photo: tags} get the keys `image` and `labels`. Any other list
    is as it is.
    """
    if isinstance(data, list):
        is_tasks = bool(data) and all(map(_is_task, data))
        return [_of_task(task) for task in data if _annotations(task)] if is_tasks else data
    if not isinstance(data, dict):
        return []
    data = data.get(VIA, data)
    if data and all(_is_of_via(value) for value in data.values()):
        return [_of_via(value) for value in data.values()]
    if set(data) == {"classes", "labels"} and isinstance(data["labels"], dict):
        names, of_photos = data["classes"], data["labels"]
        data = {photo: _names_of(tags, names) for photo, tags in of_photos.items()}
    if not data.keys().isdisjoint(OF_COCO) or not all(map(_is_tags, data.values())):
        return []
    return [{"image": photo, "labels": tags} for photo, tags in data.items()]


def _is_task(item: Any) -> bool:
    """Whether an entry is a task of Label Studio."""
    return isinstance(item, dict) and isinstance(item.get("data"), dict) and "annotations" in item


def _of_task(task: Mapping[str, Any]) -> dict[str, Any]:
    """The photo of a task, which is the first text of its data, and what was chosen or drawn."""
    texts = [value for value in task["data"].values() if isinstance(value, str)]
    return {"image": texts[0] if texts else "", "labels": list(_values_of_task(task))}


def _annotations(task: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The annotations of a task that were not cancelled."""
    return [given for given in _dicts(task["annotations"]) if not given.get("was_cancelled")]


def _values_of_task(task: Mapping[str, Any]) -> Iterator[Any]:
    """The values of all annotations that say a class."""
    for annotation in _annotations(task):
        for result in _dicts(annotation.get("result")):
            if result.get("type") not in NO_TAGS and isinstance(result.get("value"), dict):
                yield result["value"]


def _dicts(value: Any) -> list[dict[str, Any]]:
    """The objects in a list; [] for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _is_of_via(value: Any) -> bool:
    """Whether a JSON value is a photo of VIA."""
    return isinstance(value, dict) and "filename" in value and "regions" in value


def _of_via(photo: Mapping[str, Any]) -> dict[str, Any]:
    """A photo of VIA, and the attributes of its regions."""
    regions = photo["regions"]
    regions = list(regions.values()) if isinstance(regions, dict) else regions
    attributes = [region.get("region_attributes") for region in _dicts(regions)]
    return {"image": str(photo["filename"]), "labels": attributes}


def _is_tags(value: Any) -> bool:
    """Whether a JSON value is a text, a number, a list of these, or null."""
    if isinstance(value, list):
        return all(isinstance(item, str | int | float) for item in value)
    return value is None or isinstance(value, str | int | float)


def _names_of(value: Any, names: Any) -> Any:
    """Numbers of classes, one or a list, as their names; all else as it is."""
    if isinstance(value, list):
        return [_names_of(item, names) for item in value]
    is_number = isinstance(value, int) and isinstance(names, list) and 0 <= value < len(names)
    return names[value] if is_number else value
