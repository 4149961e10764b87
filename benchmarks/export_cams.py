"""CAM export of a photo at 4 scales and mirrored, three comparisons:

- `export_cams`: as the stage does it (BatchNorm folded, bfloat16 where the processor has it, a
  scale and its mirror image in one pass, summed on the grid) against the published way (one
  pass each, every map brought to full size and summed);
- `export_cams_float32`: the same in float32, with its largest difference from a naive sum on the
  same grid;
- `export_cams_overhead`: against the bare forward passes, what reading, resizing and summing add.

    python benchmarks/export_cams.py
"""

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from common import compare
from wsss.cams.export import export_raw_maps, normalise
from wsss.cams.settings import ExportSettings
from wsss.classify.cam import Cam
from wsss.classify.settings import ClassifierSettings
from wsss.datasets.mini import draw_scene
from wsss.datasets.mini_settings import MiniSettings
from wsss.nets.multiscale import grid_of, photo_tensor, scale_image
from wsss.nets.norms import fold_norms
from wsss.nets.precision import inference_precision

SCALES, TAGS, CPU = (0.5, 1.0, 1.5, 2.0), (3, 15), torch.device("cpu")


@torch.no_grad()
def export_one_by_one(network: nn.Module, image: Tensor, size: tuple[int, int]) -> Tensor:
    """As published code does it: each view by itself, summed at `size`."""
    total = torch.zeros(len(TAGS), *size)
    for factor in SCALES:
        for mirrored in (False, True):
            view = scale_image(image, factor)
            maps = network(view.flip(3) if mirrored else view)[0].relu()
            maps = F.interpolate(maps, size, mode="bilinear", antialias=maps.shape[2] > size[0])[0]
            total += (maps.flip(2) if mirrored else maps)[[tag - 1 for tag in TAGS]]
    return normalise(total, "max")


@torch.no_grad()
def run_network_alone(network: nn.Module, image: Tensor) -> None:
    """All views through the network, and nothing else."""
    for factor in SCALES:
        view = scale_image(image, factor)
        with inference_precision(CPU, "bfloat16"):
            network(torch.cat([view, view.flip(3)]))


def make_networks() -> tuple[nn.Module, nn.Module]:
    """The plain network, and one with the same weights whose norms are folded."""
    published, folded = (
        Cam(ClassifierSettings(backbone="tf_efficientnet_lite0"), 20).network.eval()
        for _ in range(2)
    )
    folded.load_state_dict(published.state_dict())
    fold_norms(folded)
    return published, folded


def main() -> None:
    torch.set_num_threads(2)
    torch.manual_seed(0)
    photo = draw_scene(np.random.default_rng(0), MiniSettings(width=500, height=375), first=0).photo
    published, folded = make_networks()
    image, per, full_size = photo_tensor(photo, CPU), "photo of 500 x 375", photo.shape[:2]
    for name, precision in (("export_cams", "bfloat16"), ("export_cams_float32", "float32")):
        settings = ExportSettings(scales=SCALES, precision=precision)
        naive = export_one_by_one(published, image, grid_of(image, settings.stride)).numpy()
        ours = export_raw_maps(folded, photo, TAGS, settings, CPU).scores
        compare(
            name,
            partial(export_raw_maps, folded, photo, TAGS, settings, CPU),
            partial(export_one_by_one, published, image, full_size),
            per=per,
            largest_difference=float(np.abs(ours - naive).max()),
            processor=torch.backends.cpu.get_cpu_capability(),
        )
    compare(
        "export_cams_overhead",
        partial(export_raw_maps, folded, photo, TAGS, ExportSettings(scales=SCALES), CPU),
        partial(run_network_alone, folded, image),
        per=per,
    )


if __name__ == "__main__":
    main()
