"""The card of an exported network: what it predicts, what it was trained on, how good it is, and
the versions it was made with.
"""

import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from wsss import __version__
from wsss.nets.models import read_description
from wsss.run.artifacts import way_out
from wsss.run.errors import UserError
from wsss.run.records import read_record
from wsss.segment.photo_predictor import PhotoPredictor

Json = dict[str, Any]
PACKAGES = ("torch", "timm", "numpy", "onnx", "onnxruntime")
OF_RESULT = ("recipe", "dataset", "split", "images", "supervision", "miou", "per_class")
"""what the card takes of a recipe's result"""


def make_card(predictor: PhotoPredictor, model: Path, result: Path | None) -> Json:
    """The card of the network in `model`. `result` is the JSON of its recipe's result; without one
    the card has no score.
    """
    about = read_description(f"{model}.json")
    record = read_record(model)
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
        "trained_on": None if record is None else record.read,
        "lineage": None if record is None else record.lineage,
        "result": None if result is None else _read_result(result),
        "versions": {"wsss": __version__, "python": platform.python_version(), **_versions()},
    }


def _read_result(path: Path) -> Json:
    """The part of a result that the card shows; UserError for a file that cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {key: found[key] for key in OF_RESULT if key in found}
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"result {path} cannot be read ({error}); {way_out(path)}")


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
    score = (card["result"] or {}).get("miou")
    text = "not known" if score is None else f"{score:.1f} mIoU"
    return {"labels": "\n".join(card["labels"]), "score": text, "wsss": card["versions"]["wsss"]}
