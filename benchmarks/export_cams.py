"""CAM export of a photo at 4 scales and mirrored, three comparisons:

- `export_cams`: as the stage does it (BatchNorm folded, bfloat16 where the processor has it, a
  scale and its mirror image in one pass, summed on the grid) against the published way (one
  pass each, every map brought to full size and summed);
- `export_cams_float32`: the same in float32, with its largest difference from a naive sum on the
  same grid;
- `export_cams_overhead`: against the bare forward passes, what reading, resizing and summing add.

    python benchmarks/export_cams.py
"""

import numpy as np
import torch
import torch.nn.functional as F

from common import compare
from wsss.cams.export import export_raw_maps, normalise
from wsss.cams.settings import ExportSettings
from wsss.classify.cam import Cam
from wsss.classify.settings import ClassifierSettings
from wsss.data.mini import draw_scene
from wsss.data.mini_settings import MiniSettings
from wsss.nets.multiscale import grid_of, photo_tensor, scale_image
from wsss.nets.norms import fold_norms
from wsss.nets.precision import inference_precision

SCALES, TAGS, CPU = (0.5, 1.0, 1.5, 2.0), (3, 15), torch.device("cpu")


def main() -> None:
    torch.set_num_threads(2)
    torch.manual_seed(0)
    photo = draw_scene(np.random.default_rng(0), MiniSettings(width=500, height=375), first=0).photo
    published, folded = (
        Cam(ClassifierSettings(backbone="tf_efficientnet_lite0"), 20).network.eval()
        for _ in range(2)
    )
    folded.load_state_dict(published.state_dict())
    fold_norms(folded)
    image, per = photo_tensor(photo, CPU), "photo of 500 x 375"
    fast, exact = (ExportSettings(scales=SCALES, precision=p) for p in ("bfloat16", "float32"))

    @torch.no_grad()
    def one_by_one(size: tuple[int, int]) -> torch.Tensor:
        total = torch.zeros(len(TAGS), *size)
        for factor in SCALES:
            for mirrored in (False, True):
                view = scale_image(image, factor)
                maps = published(view.flip(3) if mirrored else view)[0].relu()
                maps = F.interpolate(
                    maps, size, mode="bilinear", antialias=maps.shape[2] > size[0]
                )[0]
                total += (maps.flip(2) if mirrored else maps)[[t - 1 for t in TAGS]]
        return normalise(total, "max")

    @torch.no_grad()
    def bare() -> None:
        for factor in SCALES:
            view = scale_image(image, factor)
            with inference_precision(CPU, "bfloat16"):
                folded(torch.cat([view, view.flip(3)]))

    naive = one_by_one(grid_of(image, exact.stride)).numpy()
    ours = {s.precision: export_raw_maps(folded, photo, TAGS, s, CPU).scores for s in (fast, exact)}
    away = {name: float(np.abs(scores - naive).max()) for name, scores in ours.items()}
    full_size = (photo.shape[0], photo.shape[1])
    compare(
        "export_cams",
        lambda: export_raw_maps(folded, photo, TAGS, fast, CPU),
        lambda: one_by_one(full_size),
        per=per,
        largest_difference=away["bfloat16"],
        processor=torch.backends.cpu.get_cpu_capability(),
    )
    compare(
        "export_cams_float32",
        lambda: export_raw_maps(folded, photo, TAGS, exact, CPU),
        lambda: one_by_one(full_size),
        per=per,
        largest_difference=away["float32"],
    )
    compare(
        "export_cams_overhead",
        lambda: export_raw_maps(folded, photo, TAGS, fast, CPU),
        bare,
        per=per,
    )


if __name__ == "__main__":
    main()
