"""How long COCO's annotations take to read and its masks to draw, and how much memory, at the size
of train2014: 82,783 photos and 604,907 objects of 45 corners each, in a JSON of some 450 MB.

    python benchmarks/coco.py

The annotations are synthetic, and all photos are one. Reading and hashing the photos is not
measured. The memory of `json.load` stands beside that of the index.
"""

import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from common import PROJECT
from wsss.data.coco_index import Drawing, read_coco
from wsss.data.coco_masks import write_masks
from wsss.data.coco_settings import CocoSettings
from wsss.data.file_cache import FileCache
from wsss.data.index import Index

PHOTOS, OBJECTS, SHARDS = 82_783, 604_907, 64
HEIGHT, WIDTH, CORNERS = 480, 640, 45
LINKS = 60_000
"""hard links to one file; ext4 allows 65,000"""


class KnownSizes(FileCache):
    """A cache that knows the size of all photos."""

    def read(self, path, reader):
        return [HEIGHT, WIDTH]


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


def write_split(root, split, photos, objects):
    """The photos and the JSON of a split."""
    folder, rng = root / f"{split}2014", np.random.default_rng(0)
    folder.mkdir()
    for k in range(photos):
        source = root / f"{k // LINKS}.jpg"
        if not source.exists():
            Image.fromarray(np.zeros((HEIGHT, WIDTH, 3), np.uint8)).save(source)
        os.link(source, folder / f"{k:012d}.jpg")
    size = f'"height":{HEIGHT},"width":{WIDTH}'
    drawn = itertools.cycle(shapes(rng, 2_000))
    with (root / "annotations" / f"instances_{split}2014.json").open("w") as file:
        file.write('{"images":[')
        rows = (f'{{"id":{k},"file_name":"{k:012d}.jpg",{size}}}' for k in range(photos))
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
    (root / "masks").mkdir()
    index = Index.load(root / "index.json", (0, SHARDS))
    print(write_masks(index, "train", (0, SHARDS), root / "objects", root / "masks"))


def load_json(root):
    """The annotations of train at once."""
    json.loads((root / "annotations" / "instances_train2014.json").read_bytes())


PARTS = {"index": read_index, "shard": draw_shard, "json.load": load_json}


def measure(part, root):
    """Seconds of the processor and peak memory of a part, in a process of its own."""
    command = [sys.executable, __file__, part, str(root)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def run_part(part, root):
    """Print seconds of the processor and peak memory of a part, which runs in this process."""
    started = time.process_time()
    PARTS[part](root)
    seconds = round(time.process_time() - started, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": seconds, "memory_mb": peak}))


def main():
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        (root / "annotations").mkdir()
        write_split(root, "train", PHOTOS, OBJECTS)
        write_split(root, "val", 10, 70)
        size = (root / "annotations" / "instances_train2014.json").stat().st_size
        found = {part: measure(part, root) for part in PARTS}
        masks = [path.stat().st_size for path in (root / "masks").iterdir()]
    seconds = found["index"]["seconds"]
    about = {"json_mb": size // 10**6, "masks_of_shard": len(masks), "masks_bytes": sum(masks)}
    print(json.dumps({"name": "coco", "ours": seconds, "unit": "seconds", **about, **found}))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_part(sys.argv[1], Path(sys.argv[2]))
    else:
        main()
