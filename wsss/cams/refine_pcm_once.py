"""Refined CAMs at a lower cost: the pixel correlation module runs once, on the exported CAMs that
are already summed over scales.
"""

import torch
import torch.nn.functional as F

from wsss.cams.export import normalise
from wsss.cams.refiner_input import RefinerInput
from wsss.data.maps import ScoreMap
from wsss.nets.multiscale import photo_tensor
from wsss.nets.pcm import correlate, suppress
from wsss.nets.precision import inference_precision
from wsss.run.settings import Settings


@torch.no_grad()
def refine_once(photo: RefinerInput, settings: Settings) -> ScoreMap:
    """The photo's exported `cam` map, refined on its own grid with the features of one forward pass
    at scale 1.

    The exported map has present classes only, so absent classes do not compete for cells.
    """
    item = photo.maps
    assert item is not None  # the registry says that this refiner reads `maps`
    if not len(item.labels):
        return item
    sides = photo.export.long_side, photo.export.warp
    image = photo_tensor(photo.pixels, photo.device, *sides)
    with inference_precision(photo.device, photo.export.precision):
        features = photo.network.affinity_features(image, photo.network(image)[1])
    maps = torch.from_numpy(item.scores)[None].to(photo.device)
    features = F.interpolate(
        features.float(), maps.shape[-2:], mode="bilinear", align_corners=False
    )
    refined = correlate(suppress(maps), features)[0, 1:]
    return ScoreMap(
        "cam", item.labels, normalise(refined, photo.export.normalise).cpu().numpy(), item.size
    )
