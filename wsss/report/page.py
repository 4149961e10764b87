"""The report as a page: text and figures in one HTML file, which opens from disk and asks nothing
of any network.
"""

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from wsss.data.images import voc_palette

HERE = Path(__file__).parent / "page"
Json = dict[str, Any]


def page(recipes: list[Json], gallery: Json, head: Json, full: Json | None = None) -> str:
    """The HTML of a report: `recipes` as `summary_of` tells them, `gallery` as gallery.js reads it,
    `full` the score of full supervision, `head` with `dataset`, `split`, `labels` and `command`.
    """
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    colours = list(map(_hex, voc_palette()[: len(head["labels"])]))
    return environment.get_template("index.html.j2").render(
        recipes=recipes,
        full=full or {},
        head=head,
        colours=colours,
        style=(HERE / "style.css").read_text(),
        script=(HERE / "gallery.js").read_text(),
        gallery=as_script({**gallery, "colours": colours}),
        max=max,
        min=min,
    )


def _hex(colour: Iterable[int]) -> str:
    """A colour as CSS has it."""
    return "#{:02x}{:02x}{:02x}".format(*map(int, colour))


def as_script(value: Json) -> str:
    """JSON that can stand inside a script element, also if its strings hold HTML."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def pack_page(folder: Path, at_most: int) -> str:
    """The page in a folder as a single file: `at_most` photos stand in it with their pictures, the
    worst ones.
    """
    html = (folder / "index.html").read_text()
    start = html.index(">", html.index('<script type="application/json" id="gallery"')) + 1
    end = html.index("</script>", start)
    gallery = json.loads(html[start:end])
    photos = sorted(gallery["photos"], key=_worst_first)[:at_most]
    if len(photos) < len(gallery["photos"]):
        gallery["about"] += (
            f" This file holds {len(photos)} of {len(gallery['photos'])} photos, the worst ones."
        )
    gallery["photos"] = photos
    gallery["inside"] = {}
    for photo in gallery["photos"]:
        for name in _pictures(folder, photo):
            gallery["inside"][name] = _data_url(folder / name)
    return html[:start] + as_script(gallery) + html[end:]


def _worst_first(photo: Json) -> tuple[float, float]:
    """By IoU, then by what the last two stages disagree on, of the first recipe."""
    iou, apart = photo["iou"][0], photo["apart"][0]
    return 101.0 if iou is None else iou, -(apart or 0.0)


def _pictures(folder: Path, photo: Json) -> list[str]:
    place = f"pictures/{photo['n']}"
    return [f"{place}/{path.name}" for path in sorted((folder / place).iterdir())]


def _data_url(path: Path) -> str:
    kind = "jpeg" if path.suffix == ".jpg" else "png"
    return f"data:image/{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
