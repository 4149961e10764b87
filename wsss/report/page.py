"""The report as an HTML page. It opens from disk and loads nothing over a network.

page/index.html.j2 is its template, with a file for each section. The scripts in page/ are put
together: data.js has what all need, check.js the check of masks, overview.js the thumbnails and
filters, viewer.js one photo at every step, tables.js the cue at tables that are cut off.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from wsss.data.colours import class_colours
from wsss.report.data_url import data_url
from wsss.run.files import parse_json, require_file

HERE = Path(__file__).parent / "page"
SCRIPTS = ("data.js", "check.js", "overview.js", "viewer.js", "tables.js")
"""in the order in which they run"""
Json = dict[str, Any]


def page(recipes: list[Json], gallery: Json, head: Json, full: Json | None = None) -> str:
    """The HTML of a report.

    `recipes` are summaries (wsss.report.summary), `gallery` is what the scripts read
    (stages/write_report.py). `head` has `dataset`, `split`, `labels`, the `command` that wrote the
    report, its start `make`, `files` (wsss.report.links), and `about`, a line on the photos. `full`
    is the score of full supervision.
    """
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    colours = list(map(_hex, class_colours(head["labels"])[: len(head["labels"])]))
    return environment.get_template("index.html.j2").render(
        recipes=recipes,
        full=full or {},
        head=head,
        colours=colours,
        style=_read("style.css", "check.css"),
        script=_scripts(),
        gallery=as_script({**gallery, "colours": colours}),
        max=max,
        min=min,
    )


def _read(*names: str) -> str:
    """Files of the page, one after the other."""
    return "\n".join((HERE / name).read_text(encoding="utf-8") for name in names)


def _scripts() -> str:
    """All scripts as one, which leaves no names behind in the page."""
    return "\n".join(['(() => {\n"use strict";', _read(*SCRIPTS), "})();"])


def _hex(colour: Iterable[int]) -> str:
    """A colour (red, green, blue in 0..255) in CSS: `#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*map(int, colour))


def as_script(value: Json) -> str:
    """JSON that is safe inside a script element: every `<` in it is escaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def pack_page(folder: Path, at_most: int) -> str:
    """The HTML of the report in a folder as a single file, with the pictures inside. Of more than
    `at_most` photos only the worst are kept.
    """
    html = require_file(folder / "index.html").read_text(encoding="utf-8")
    start = html.index(">", html.index('<script type="application/json" id="gallery"')) + 1
    end = html.index("</script>", start)
    gallery = parse_json(html[start:end])
    photos = sorted(gallery["photos"], key=_worst_first)[:at_most]
    if len(photos) < len(gallery["photos"]):
        gallery["about"] += (
            f" This file holds {len(photos)} of {len(gallery['photos'])} photos, the worst ones."
        )
    gallery["photos"] = photos
    gallery["inside"] = {}
    for photo in gallery["photos"]:
        photo["links"] = {}  # whoever gets the file does not have the others
        for name in _pictures(folder, photo):
            gallery["inside"][name] = data_url(folder / name)
    return html[:start] + as_script(gallery) + html[end:]


def _worst_first(photo: Json) -> tuple[float, float]:
    """A key that sorts photos by the first recipe's IoU, lowest first, then by what a correction
    may bring, else by the disagreement of its last two steps, largest first. Photos without IoU
    come last.
    """
    iou, apart, benefit = photo["iou"][0], photo["apart"][0], photo["benefit"][0]
    return 101.0 if iou is None else iou, -(apart or 0.0 if benefit is None else benefit)


def _pictures(folder: Path, photo: Json) -> list[str]:
    """The pictures of a photo, as paths relative to the report's folder."""
    of_photo = f"pictures/{photo['n']}"
    return [f"{of_photo}/{path.name}" for path in sorted((folder / of_photo).iterdir())]
