"""What the default recipe costs on all of COCO of 2014, from figures of single photos:

- `maps`: bytes of the class maps of a photo of 640 x 480 at stride 8, with 2.9 tags on average;
- `crf`: seconds of the processor of the dense CRF for a photo of 640 x 480, with those of the 81
  labels that the photo has, as in a recipe;
- `core_hours`: those of each stage of the run on VOC of docs/measured.md, at the sizes of
  presets/laptop.yaml, for COCO's photos. Of the labels the CRF is measured here.

Photos are drawn, or are those of a folder in COCO's layout, with their own labels:

    python benchmarks/coco_stages.py [COCO]
"""

import json
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from common import PROJECT  # noqa: F401  (it makes wsss importable)
from crf import Case, labelled, scores_of
from map_store import smooth_map
from wsss.crf.settings import CrfSettings
from wsss.data.images import read_labels, read_photo
from wsss.data.maps import map_writer
from wsss.datasets.coco_index import Drawing, read_coco
from wsss.datasets.coco_masks import write_masks
from wsss.datasets.coco_settings import CocoSettings
from wsss.datasets.mini import draw_scene
from wsss.datasets.mini_settings import MiniSettings

TRAIN, VAL, TAGS = 82_783, 40_504, 2.9
PHOTOS, SIZE = 16, (480, 640)
CRF = CrfSettings(gaussian_xy=1, bilateral_xy=67, bilateral_rgb=3, bilateral_weight=4)
"""the kernels of recipes/default.yaml"""
CORE_MINUTES = {
    "classifier": 10.6,
    "cams": 1.3,
    "refine": 1.5,
    "grow": 16.0,
    "segmentation_maps": 1.8,
    "confident": 2.0,
    "affinity": 10.6,
    "walk": 1.7,
    "segmenter": 28.0,
    "predict": 3.2,
}
"""job minutes of docs/measured.md#the-default-recipe-on-voc, times the two threads of a training"""
LARGER = {"confident": 640 * 480 / (500 * 375)}
"""what works at the size of the photo, and by how much COCO's photos are larger than VOC's"""
REAL_TRAIN, REAL_VAL = 311, 160
"""the photos of that job; `predict` was on those of val"""


def main() -> None:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    items = list(islice(drawn() if root is None else real(root), PHOTOS))
    seconds, count = cost_of_crf(items), np.mean([len(labels) for _, _, labels, _ in items])
    found = {
        "maps": cost_of_maps(),
        "crf": {
            "photos": len(items),
            "labels": round(float(count), 1),
            "seconds": round(seconds, 3),
        },
        "core_hours": core_hours(seconds),
    }
    print(json.dumps({"name": "coco_stages", "unit": "seconds", **found}))


def drawn() -> Iterator[Case]:
    """Drawn photos of COCO's size."""
    settings = MiniSettings(width=SIZE[1], height=SIZE[0])
    for k in range(PHOTOS):
        rng = np.random.default_rng(k)
        scene = draw_scene(rng, settings, first=k % 6)
        yield scene.photo, scene.mask, *scores_of(scene.mask, rng)


def real(root: Path) -> Iterator[Case]:
    """The photos of val that have this size, with scores of the masks of their annotations."""
    with TemporaryDirectory() as name:
        objects, masks = Path(name, "objects"), Path(name, "masks")
        masks.mkdir()
        index, _ = read_coco("coco", root, CocoSettings(), Drawing("masks", 1, objects))
        write_masks(index, "val", (0, 1), objects, masks)
        for k, photo in enumerate(index.split("val")):
            mask = read_labels(masks / f"{photo.id}.png")
            if mask.shape == SIZE and photo.tags:
                scores = scores_of(mask, np.random.default_rng(k))
                yield read_photo(index.image_path(photo)), mask, *scores


def cost_of_crf(items: list[Case]) -> float:
    """Seconds of the processor for a photo."""
    labelled(items[0], CRF)
    started = time.process_time()
    for item in items:
        labelled(item, CRF)
    return (time.process_time() - started) / len(items)


def cost_of_maps() -> dict[str, float]:
    """Bytes of a photo's maps, and gigabytes of those of train."""
    counts = 1 + np.random.default_rng(0).poisson(TAGS - 1, 500)
    with TemporaryDirectory() as name:
        path = Path(name, "maps.h5")
        with map_writer(path) as writer:
            for k, count in enumerate(counts):
                writer.add(str(k), smooth_map(k, int(count)))
        size = path.stat().st_size / len(counts)
    gigabytes = round(size * TRAIN / 1e9, 1)
    return {"tags": float(counts.mean()), "bytes": round(size), "gigabytes": gigabytes}


def core_hours(crf: float) -> dict[str, float]:
    """Stage -> core-hours for COCO, where the CRF of a photo takes `crf` seconds."""
    hours = {"labels": TRAIN * crf / 3600}
    for stage, minutes in CORE_MINUTES.items():
        factor = VAL / REAL_VAL if stage == "predict" else TRAIN / REAL_TRAIN
        hours[stage] = minutes * factor * LARGER.get(stage, 1) / 60
    return {
        stage: round(value, 1) for stage, value in {**hours, "all": sum(hours.values())}.items()
    }


if __name__ == "__main__":
    main()
