"""The card of an exported network: what it predicts, what it was trained on, how good it is, and
the versions it was made with.
"""

import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from wsss import __version__
from wsss.nets.models import read_description
from wsss.run.artifacts import read_object
from wsss.run.errors import UserError
from wsss.run.records import read_record
from wsss.segment.photo_predictor import PhotoPredictor

Json = dict[str, Any]
PACKAGES = ("torch", "timm", "numpy", "onnx", "onnxruntime")
OF_DATA = ("recipe", "dataset", "supervision")
OF_SCORE = ("split", "images", "miou", "per_class")
"""what the card takes of a recipe's result"""


def make_card(
    predictor: PhotoPredictor, model: Path, data: Json | None, result: Path | None
) -> Json:
    """The card of the network in `model`.

    `data` is what is known of its training: OF_DATA. `result` is the JSON of its recipe's result;
    without one the card has no score. UserError for a file that is none.
    """
    about = read_description(f"{model}.json")
    record = read_record(model)
    found = {} if result is None else _read_result(result)
    return {
        "format": 1,
        "input": "photo: uint8 (H, W, 3), RGB, upright, of any size",
        "outputs": {
            "labels": "uint8 (H, W): the position of a name in `labels`",
            "probabilities": "float32 (labels, H, W)",
        },
        "labels": list(predictor.labels),
        "network": {"method": about.method, "settings": dict(about.settings)},
        "prediction": predictor.settings.model_dump(mode="json"),
        "data": {**(data or {}), **_part(found, OF_DATA)} or None,
        "photos": None if record is None else record.read,
        "lineage": None if record is None else record.lineage,
        "score": _part(found, OF_SCORE) or None,
        "versions": {"wsss": __version__, "python": platform.python_version(), **_versions()},
    }


def _read_result(path: Path) -> Json:
    """The result of a recipe; UserError for another file, and for a mIoU that is none."""
    found = read_object(path, ("miou",))
    miou = found["miou"]
    if miou is not None and not (isinstance(miou, int | float) and 0 <= miou <= 100):
        raise UserError(f"result {path} has the miou {miou!r}, which is no percentage; replace it")
    return found


def _part(values: Json, keys: Sequence[str]) -> Json:
    """The values of these keys, as far as they are there."""
    return {key: values[key] for key in keys if key in values}


def _versions() -> dict[str, str]:
    """Package -> its version, for those that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def metadata_of(card: Mapping[str, Any]) -> dict[str, str]:
    """What the network's file itself says: the names of labels, one on each line, and the score."""
    score = (card["score"] or {}).get("miou")
    text = "not known" if score is None else f"{score:.1f} mIoU"
    return {"labels": "\n".join(card["labels"]), "score": text, "wsss": card["versions"]["wsss"]}
