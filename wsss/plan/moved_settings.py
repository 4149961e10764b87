"""Renamed settings: old names are understood for one release after the change."""

from collections.abc import Mapping
from typing import Any

from wsss.run.settings import merge

MOVED = {
    "saliency_net.photos": "saliency_photos.photos",
    "saliency_net.masks": "saliency_photos.masks",
    "saliency_net.held_out": "saliency_photos.held_out",
    "saliency_net.hash_distance": "saliency_photos.hash_distance",
    "sure.sure_foreground": "confident.foreground_above",
    "sure.sure_background": "confident.background_above",
    "sure": "confident",
    "grown": "segmentation_maps",
}
"""old name -> new name, each a section or section.key"""


def rename_settings(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The configuration `values` with all settings under their new names, and a list of
    "OLD is now NEW" for those under old names.

    A value under the old name overrides one under the new name, which may be only the default.
    """
    now, moved = dict(values), []
    for old, new in MOVED.items():
        section, _, key = old.partition(".")
        given = now.get(section)
        if key and isinstance(given, Mapping) and key in given:
            now[section] = {name: value for name, value in given.items() if name != key}
            now = merge(now, _nested(new, given[key]))
            moved.append(f"{old} is now {new}")
        elif not key and section in now:
            values_of_section = now.pop(section)
            if values_of_section:
                now = merge(now, {new: values_of_section})
                moved.append(f"{old} is now {new}")
    return now, moved


def _nested(name: str, value: Any) -> dict[str, Any]:
    """{section: {key: value}} for the name section.key."""
    section, _, key = name.partition(".")
    return {section: {key: value}}
