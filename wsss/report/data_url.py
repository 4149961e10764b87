"""Pictures inside a page."""

import base64
from pathlib import Path

from wsss.run.files import require_file


def data_url(path: Path) -> str:
    """A picture (.jpg or .png) as a `data:` URL; UserError where it is missing."""
    kind = "jpeg" if path.suffix == ".jpg" else "png"
    return f"data:image/{kind};base64,{base64.b64encode(require_file(path).read_bytes()).decode()}"
