"""What COCO of 2014 costs before any training, at its full size: the index of its annotations
(82,783 and 40,504 photos, 604,907 and 291,875 objects of 45 corners each, 720 MB of JSON), the
plan of the default recipe, and the masks of a shard. Seconds are those of the processor.

    python benchmarks/coco.py

The annotations are synthetic, and all photos are one. Reading and hashing the photos is not
measured. The memory of `json.load` of train stands beside that of the index.
"""

import itertools
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from common import PROJECT
from planning import project
from wsss.data.file_cache import FileCache
from wsss.data.index import Index
from wsss.datasets.coco_index import Drawing, read_coco
from wsss.datasets.coco_masks import write_masks
from wsss.datasets.coco_settings import CocoSettings

SIZES = {"train": (82_783, 604_907), "val": (40_504, 291_875)}
"""split -> photos, objects"""
SHARDS = 64
HEIGHT, WIDTH, CORNERS = 480, 640, 45
LINKS = 60_000
"""hard links to one file; ext4 allows 65,000"""


class KnownSizes(FileCache):
    """A cache that knows the size of all photos."""

    def read(self, path, reader):
        return [HEIGHT, WIDTH]

    def read_ahead(self, paths, reader):
        pass


def shapes(rng, count):
    """So many polygons of any size, as JSON."""
    found = []
    for _ in range(count):
        angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
        radius = np.exp(rng.normal(3.3, 1.0)) * rng.uniform(0.7, 1.3, CORNERS)
        x = np.clip(rng.uniform(0, WIDTH) + radius * np.cos(angles), 0, WIDTH)
        y = np.clip(rng.uniform(0, HEIGHT) + radius * np.sin(angles), 0, HEIGHT)
        found.append(json.dumps([np.stack([x, y], 1).ravel().round(2).tolist()]))
    return found


def name_of(split, k):
    """The file name of a photo."""
    return f"COCO_{split}2014_{k:012d}.jpg"


def write_split(root, split, photos, objects):
    """The photos and the JSON of a split."""
    folder, rng = root / f"{split}2014", np.random.default_rng(0)
    folder.mkdir()
    for k in range(photos):
        source = root / f"{split}{k // LINKS}.jpg"
        if not source.exists():
            Image.fromarray(np.zeros((HEIGHT, WIDTH, 3), np.uint8)).save(source)
        os.link(source, folder / name_of(split, k))
    size = f'"height":{HEIGHT},"width":{WIDTH}'
    drawn = itertools.cycle(shapes(rng, 2_000))
    with (root / "annotations" / f"instances_{split}2014.json").open("w") as file:
        file.write('{"images":[')
        rows = (f'{{"id":{k},"file_name":"{name_of(split, k)}",{size}}}' for k in range(photos))
        file.write(",".join(rows) + '],"annotations":[')
        for k, shape in zip(range(objects), drawn):
            owner = k * photos // objects
            file.write(f'{"," if k else ""}{{"segmentation":{shape},"area":1.0,"iscrowd":0,')
            file.write(f'"image_id":{owner},"bbox":[0,0,1,1],"category_id":{k % 80 + 1},"id":{k}}}')
        names = [{"id": k + 1, "name": f"class {k}"} for k in range(80)]
        file.write(f'],"categories":{json.dumps(names)}}}')


def read_index(root):
    """The index of the whole dataset, saved, and the objects of its shards."""
    drawing = Drawing("masks", SHARDS, root / "objects")
    index = read_coco("coco", root, CocoSettings(), drawing, KnownSizes(root))[0]
    index.save(root / "index.json")


def draw_shard(root):
    """The masks of one shard of train."""
    masks = root / "masks"
    masks.mkdir()
    index = Index.load(root / "index.json", (0, SHARDS))
    count = write_masks(index, "train", (0, SHARDS), root / "objects", masks)
    return {"masks": count, "bytes": sum(path.stat().st_size for path in masks.iterdir())}


def load_json(root):
    """The annotations of train at once."""
    json.loads((root / "annotations" / "instances_train2014.json").read_bytes())


def plan_default(root):
    """A dry run of the default recipe, as it is typed first: there is no index yet."""
    folder = project(root / "project")
    command = [str(Path(sys.executable).with_name("snakemake")), "-n", "--cores", "2"]
    command += ["--config", "dataset=coco", f"data_root={root}", f"shards={SHARDS}", "--"]
    command += ["results/default/coco_val_miou.txt"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return {"jobs": int(re.search(r"^total +(\d+)", done.stdout + done.stderr, re.M)[1])}


PARTS = {
    "index": read_index,
    "plan": plan_default,
    "shard": draw_shard,
    "json.load": load_json,
}


def measure(part, root):
    """Seconds of the processor and peak memory of a part, in a process of its own."""
    command = [sys.executable, __file__, part, str(root)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def run_part(part, root):
    """Run a part in this process; print its seconds of the processor and peak memory, with those of
    the processes that it starts, and what it returns.
    """
    before = time.process_time()
    found = PARTS[part](root) or {}
    own, started = (
        resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    seconds = time.process_time() - before + started.ru_utime + started.ru_stime
    peak = max(own.ru_maxrss, started.ru_maxrss) // 1024
    print(json.dumps({"seconds": round(seconds, 1), "memory_mb": peak, **found}))


def main():
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        (root / "annotations").mkdir()
        for split, (photos, objects) in SIZES.items():
            write_split(root, split, photos, objects)
        found = {part: measure(part, root) for part in PARTS}
        found["json_mb"] = megabytes(root / "annotations")
        found["objects_mb"] = megabytes(root / "objects")
    print(json.dumps({"name": "coco", "unit": "seconds", **found}))


def megabytes(folder):
    """The size of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 10**6


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_part(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
