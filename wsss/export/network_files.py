"""Trained networks as one file for other programs: ONNX and TorchScript. A file is compared with
its network before it appears under its name.
"""

import io
import json
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from wsss.run.errors import UserError
from wsss.run.files import atomic
from wsss.segment.photo_predictor import PhotoPredictor
from wsss.segment.predict_settings import PredictSettings

OPSET = 18
"""version of ONNX's operations"""
LARGEST, MOST = 1e-3, 1e-3
"""the largest difference of a probability, and the largest share of pixels with another label, that
are rounding: files with more are refused"""
SIZES = (
    (64, 96), (96, 64), (97, 131), (150, 150), (40, 200), (200, 40), (121, 77), (180, 240),
    (255, 256), (81, 300),
)  # fmt: skip
"""(H, W) of the photos that a file is checked on, if none are given"""
EXAMPLE = (70, 110)
"""(H, W) of the photo that is traced"""
MISSING = (
    "ONNX needs the package {}: pip install onnx onnxruntime (TorchScript needs neither: --to "
    "torchscript)"
)
Run = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""from a photo, uint8 (H, W, 3), to labels (H, W) and probabilities (K + 1, H, W)"""


class Difference(NamedTuple):
    """How far a file is from its network, on some photos."""

    photos: int
    probability: float
    """the largest difference of a probability"""
    pixels: int
    """pixels with another label"""
    of: int
    """all pixels"""

    @property
    def is_rounding(self) -> bool:
        """Whether it is no more than rounding; False where a probability is NaN."""
        return self.probability <= LARGEST and self.pixels <= MOST * self.of

    def text(self) -> str:
        """The figures in words."""
        return (
            f"on {self.photos} photos the probabilities differ by at most {self.probability:.1e}, "
            f"and {self.pixels} of {self.of} pixels have another label"
        )


def check_exportable(predictor: PhotoPredictor) -> PhotoPredictor:
    """The predictor in float32, as a file computes. UserError for predictions that cannot become
    one file.
    """
    settings = predictor.settings
    if not isinstance(settings, PredictSettings):
        raise UserError(
            f"predictions by '{predictor.method}' cannot be exported; export a network that a step "
            "segmenter trained"
        )
    if settings.iterations or settings.row != "own":
        raise UserError(
            "the dense CRF of these predictions cannot be exported; leave it out: --iterations 0 "
            "--row own"
        )
    in_float = settings.model_copy(update={"precision": "float32"})
    return PhotoPredictor(
        predictor.task, predictor.method, in_float, predictor.device, predictor.known
    )


def drawn_photos() -> Iterable[np.ndarray]:
    """Ten photos of different sizes, uint8 (H, W, 3): blocks of random colours with noise."""
    random = np.random.default_rng(0)
    for height, width in SIZES:
        blocks = random.integers(0, 200, (height // 16 + 1, width // 16 + 1, 3))
        large = blocks.repeat(16, axis=0).repeat(16, axis=1)[:height, :width]
        yield (large + random.integers(0, 56, large.shape)).astype(np.uint8)


def write_torchscript(module: nn.Module, path: Path, about: Mapping[str, Any]) -> None:
    """Write TorchScript; `about` is in the file as `about.json`.

    The file is built in memory: torch would end the process when the disk is full.
    """
    made = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of constants, which the check would find
        traced = torch.jit.trace(module, _example(), check_trace=False)
        torch.jit.save(traced, made, _extra_files={"about.json": json.dumps(about)})
    path.write_bytes(made.getbuffer())


def run_torchscript(path: Path) -> Run:
    """The function of a TorchScript file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that torch.export is to follow
        module = torch.jit.load(str(path))

    def run(photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with torch.no_grad():
            labels, probabilities = module(torch.from_numpy(photo))
        return labels.numpy(), probabilities.numpy()

    return run


def write_onnx(module: nn.Module, path: Path, about: Mapping[str, Any]) -> None:
    """Write ONNX; `about` is its metadata, as text. UserError where the extra is not installed."""
    try:
        import onnx  # an optional extra
    except ImportError:
        raise UserError(MISSING.format("onnx"))
    free = {0: "height", 1: "width"}
    axes = {"photo": free, "labels": free, "probabilities": {1: "height", 2: "width"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (_example(),),
            str(path),
            dynamo=False,  # the tracer: sizes stay free without proofs of how they relate
            opset_version=OPSET,
            input_names=["photo"],
            output_names=["labels", "probabilities"],
            dynamic_axes=axes,
        )
    model = onnx.load(str(path))
    for key, value in about.items():
        text = value if isinstance(value, str) else json.dumps(value)
        model.metadata_props.add(key=key, value=text)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def run_onnx(path: Path) -> Run:
    """The function of an ONNX file, by onnxruntime on the CPU."""
    try:
        import onnxruntime  # an optional extra
    except ImportError:
        raise UserError(MISSING.format("onnxruntime"))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def run(photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        labels, probabilities = session.run(["labels", "probabilities"], {"photo": photo})
        return labels, probabilities

    return run


FORMATS = {"onnx": (write_onnx, run_onnx), "torchscript": (write_torchscript, run_torchscript)}
"""format -> the functions that write a file and that load one"""


def export_network(
    predictor: PhotoPredictor,
    module: nn.Module,
    form: str,
    path: Path,
    about: Mapping[str, Any],
    photos: Iterable[np.ndarray],
) -> Difference:
    """Write the `module` of a predictor (whole_photo.py) as one file of a format, and compare it
    with the predictor on `photos`; the difference.

    UserError, and no file, where the difference is more than rounding.
    """
    write, read = FORMATS[form]
    with atomic(path) as temporary:
        with torch.no_grad():
            write(module.eval(), temporary, about)
        found = compare(predictor, read(temporary), photos)
        if not found.is_rounding:
            raise UserError(
                f"the {form} file would differ from the network: {found.text()}; nothing is "
                "written. Other scales may help: --scales '[1.0]'"
            )
        # after a kill no file may lie beside the card of another one
        Path(f"{path}.json").unlink(missing_ok=True)
    return found


def compare(predictor: PhotoPredictor, run: Run, photos: Iterable[np.ndarray]) -> Difference:
    """How far a file's function is from the predictor on photos."""
    count, largest, pixels, total = 0, 0.0, 0, 0
    for photo in photos:
        expected, (labels, probabilities) = predictor.predict(photo), run(photo)
        if labels.shape != expected.labels.shape or expected.probabilities is None:
            return Difference(count + 1, float("nan"), photo.shape[0] * photo.shape[1], total)
        apart = float(np.abs(probabilities - expected.probabilities).max())
        largest = max(largest, apart) if apart == apart else apart
        pixels += int((labels != expected.labels).sum())
        count, total = count + 1, total + labels.size
    return Difference(count, largest, pixels, total)


def _example() -> torch.Tensor:
    """The photo that is traced."""
    return torch.arange(EXAMPLE[0] * EXAMPLE[1] * 3).reshape(*EXAMPLE, 3).to(torch.uint8)
