"""CAM export: folded network, a scale and its mirror image in one pass, summed on the grid, against the published way
(one pass each, every map brought to full size before summing).

    python benchmarks/export_cams.py
"""

from common import compare

import numpy as np
import torch
import torch.nn.functional as F

from wsss.cams.export import raw_maps
from wsss.cams.settings import ExportSettings
from wsss.classify.cam import Cam
from wsss.classify.settings import ClassifierSettings
from wsss.data.mini import draw_scene
from wsss.data.mini_settings import MiniSettings
from wsss.nets.multiscale import photo_tensor, scaled
from wsss.nets.trunk import fold_norm

SCALES = (0.5, 1.0, 1.5, 2.0)


def main() -> None:
    torch.set_num_threads(2)
    torch.manual_seed(0)
    device = torch.device("cpu")
    photo = draw_scene(np.random.default_rng(0), MiniSettings(width=500, height=375), first=0).photo
    published = Cam(ClassifierSettings(backbone="tf_efficientnet_lite0"), 20).network.eval()
    folded = Cam(ClassifierSettings(backbone="tf_efficientnet_lite0"), 20).network.eval()
    folded.load_state_dict(published.state_dict())
    fold_norm(folded)

    @torch.no_grad()
    def one_by_one() -> torch.Tensor:
        image, total = photo_tensor(photo, device), torch.zeros(20, *photo.shape[:2])
        for factor in SCALES:
            for mirrored in (False, True):
                view = scaled(image, factor)
                maps = published(view.flip(3) if mirrored else view)[0].relu()
                maps = F.interpolate(maps, photo.shape[:2], mode="bilinear")[0]
                total += maps.flip(2) if mirrored else maps
        return total[[2, 14]]

    compare("export_cams", lambda: raw_maps(folded, photo, (3, 15), ExportSettings(scales=SCALES), device), one_by_one,
            per="photo of 500 x 375")


if __name__ == "__main__":
    main()
