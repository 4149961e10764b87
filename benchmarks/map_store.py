"""The HDF5 store of class maps against one .npy a photo: bytes a photo, written and read.

    python benchmarks/map_store.py

`ours` and `theirs` are seconds to write and read back 200 photos; COCO's size is extrapolated from
the bytes a photo.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
import torch.nn.functional as F

from common import compare
from wsss.data.maps import MapReader, ScoreMap, map_writer

PHOTOS, COCO = 200, 82_783
LABELS = 3
"""classes a photo; COCO has 2.9 on average"""


def main() -> None:
    maps = [smooth_map(i) for i in range(PHOTOS)]
    with TemporaryDirectory() as name:
        folder = Path(name)

        def ours() -> None:
            with map_writer(folder / "maps.h5") as writer:
                for i, item in enumerate(maps):
                    writer.add(str(i), item)
            reader = MapReader([folder / "maps.h5"])
            for i in range(PHOTOS):
                reader[str(i)]

        def theirs() -> None:
            for i, item in enumerate(maps):
                np.save(
                    folder / f"{i}.npy",
                    {int(k): s for k, s in zip(item.labels, item.scores)},
                    allow_pickle=True,
                )
            for i in range(PHOTOS):
                np.load(folder / f"{i}.npy", allow_pickle=True).item()

        ours()
        theirs()
        size = (folder / "maps.h5").stat().st_size / PHOTOS
        other = sum((folder / f"{i}.npy").stat().st_size for i in range(PHOTOS)) / PHOTOS
        compare(
            "map_store",
            ours,
            theirs,
            bytes_a_photo=round(size),
            npy_bytes_a_photo=round(other),
            coco_gigabytes=round(size * COCO / 1e9, 2),
            npy_coco_gigabytes=round(other * COCO / 1e9, 2),
        )


def smooth_map(seed: int, labels: int = LABELS) -> ScoreMap:
    """A map of a 640 x 480 photo at stride 8, as smooth as class maps are: noise of the
    classifier's grid, upsampled.
    """
    noise = torch.rand(1, labels, 15, 20, generator=torch.Generator().manual_seed(seed)).pow(3)
    scores = F.interpolate(noise, (60, 80), mode="bilinear")[0].numpy()
    return ScoreMap("cam", np.arange(1, labels + 1), scores, (480, 640))


if __name__ == "__main__":
    main()
