"""The trainings and the inference of the published systems on CUDA, against the CPU.

    make test-gpu

Networks are small (benchmarks/gpu.py) and have random weights. Without CUDA all tests are skipped,
and the summary says so. WSSS_TEST_DEVICE=cpu runs them on a CPU instead, which tests the tests.

Tolerances: float32 on both devices within 1 part in 1,000 of the largest value, bfloat16 within 5
in 100; label maps agree on 99 % of the pixels.
"""

import os

import numpy as np
import pytest
import torch

from tests.unit.interrupted import train_until
from tests.unit.test_pair_information import import_benchmark
from wsss.data.images import read_photo
from wsss.run.methods import load
from wsss.training.loop import train
from wsss.training.photos import TrainingPhotos
from wsss.training.process import Runtime

pytestmark = pytest.mark.gpu
BENCHMARK = import_benchmark("gpu")
CPU = torch.device("cpu")
TRAININGS = [
    ("sec", "classifier"),
    ("sec", "grow"),
    ("dsrg", "grow"),
    ("dsrg", "segmenter"),
    ("psa", "affinity"),
    ("seam", "classifier"),
    ("irn", "classifier"),
    ("irn", "affinity"),
    ("irn", "segmenter"),
    ("auxsegnet", "round1.multitask"),
]


@pytest.fixture(scope="module")
def device():
    """The card, computing float32 in full."""
    name = os.environ.get("WSSS_TEST_DEVICE", "cuda")
    if name == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA here: nothing of this was tested")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return torch.device(name)


def find_trial(system, step, index, **more):
    """One training of a system."""
    trials = BENCHMARK.make_trials(system, len(index.classes), small=True, only=step, **more)
    return next(trials)


def first_batch(trial, index, device):
    photos = BENCHMARK.training_photos(index, trial.settings)
    batches = BENCHMARK.EpochBatches(len(photos), trial.settings)
    batch = next(iter(BENCHMARK.loader(photos, batches, 0)))
    return BENCHMARK.on_device(batch, device)


def loss_and_gradient(trial, index, device, half=False):
    """The loss of one batch, and its gradient by the name of a parameter, on the CPU. No feature is
    dropped out, which would be another one on another device.
    """
    network = trial.task.network.to(device).train()
    for parameter in network.parameters():
        parameter.grad = None
    network.eval()
    with torch.autocast(device.type, torch.bfloat16, enabled=half):
        loss, _ = trial.task.loss(first_batch(trial, index, device))
    loss.backward()
    found = {}
    for name, parameter in network.named_parameters():
        if parameter.grad is not None:
            found[name] = parameter.grad.float().cpu()
    return float(loss.detach()), found


@pytest.mark.parametrize(("system", "step"), TRAININGS)
def test_a_training_step_equals_that_of_the_cpu(index, device, system, step):
    trial = find_trial(system, step, index)
    expected, gradients = loss_and_gradient(trial, index, CPU)
    loss, found = loss_and_gradient(trial, index, device)
    assert loss == pytest.approx(expected, rel=1e-3)
    assert set(found) == set(gradients) and gradients
    scale = max(float(gradient.abs().max()) for gradient in gradients.values())
    for name, gradient in gradients.items():
        assert float((found[name] - gradient).abs().max()) <= 1e-3 * scale, name
    half, _ = loss_and_gradient(trial, index, device, half=True)
    assert half == pytest.approx(expected, rel=5e-2)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize(
    ("system", "step"),
    [("seam", "classifier"), ("psa", "affinity"), ("irn", "affinity"), ("dsrg", "segmenter")],
)
def test_inference_equals_that_of_the_cpu(index, device, system, step, precision):
    trial = find_trial(system, step, index)
    photo = index.split("train")[0]
    pixels = read_photo(index.image_path(photo))
    made = []
    for where, how in ((CPU, "float32"), (device, precision)):
        trial.task.network.to(where).eval()
        _, export = BENCHMARK.exporter_of(trial, where, small=True, precision=how)
        result = export(pixels, photo.tags)
        made.append(result if isinstance(result, np.ndarray) else result.scores)
    if made[0].dtype == np.uint8:
        assert (made[0] == made[1]).mean() > (0.99 if precision == "float32" else 0.9)
        return
    tolerance = 1e-3 if precision == "float32" else 5e-2
    assert np.abs(made[0] - made[1]).max() <= tolerance * np.abs(made[0]).max()


def test_a_resumed_training_equals_an_unbroken_one(index, device, tmp_path):
    trial = find_trial("irn", "classifier", index, epochs=3, batch=4)
    method = load(trial.step.entry.code)
    photos = TrainingPhotos(index, index.split("train"), trial.settings)

    def make():
        return method(trial.settings, len(index.classes))

    torch.manual_seed(trial.settings.seed)
    whole = make()
    history = train(whole, photos, trial.settings, Runtime(device=device))
    train_until(make, photos, trial.settings, tmp_path, stop=3, device=device)
    resumed, same = train_until(make, photos, trial.settings, tmp_path, device=device)
    for a, b in zip(whole.network.state_dict().values(), resumed.network.state_dict().values()):
        assert torch.allclose(a.float(), b.float(), rtol=1e-3, atol=1e-5)
    for row, other in zip(history, same, strict=True):
        assert row["loss"] == pytest.approx(other["loss"], rel=1e-3)
