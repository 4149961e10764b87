"""What the index of a folder costs over 25,000, 50,000 and 100,000 photos with masks and a table of
tags: a straight line in seconds of the processor and in memory.

    python benchmarks/indexing.py

Photos and masks are of 32 x 24 pixels, so that names, tables and files are measured and not their
pixels: of a real photo of 100 kB decoding and hashing takes 3 to 10 ms more. *first* reads all
files, *again* none, because nothing changed.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from common import PROJECT

SIZES = (25_000, 50_000, 100_000)
CLASSES = ("cat", "dog", "bird", "car", "boat")
IN_A_FOLDER = 1_000
"""photos in one subfolder"""


def write_photos(root: Path, count: int) -> None:
    """So many photos that differ, their masks, and a table of their tags."""
    rng, rows = np.random.default_rng(0), ["image,label"]
    for k in range(count):
        name = f"{k // IN_A_FOLDER}/{k:07d}"
        for folder in ("photos", "masks"):
            (root / folder / name).parent.mkdir(parents=True, exist_ok=True)
        colours = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        Image.fromarray(colours).save(root / f"photos/{name}.jpg")
        tag = k % len(CLASSES)
        Image.fromarray(np.full((24, 32), tag + 1, np.uint8)).save(root / f"masks/{name}.png")
        rows.append(f"{name}.jpg,{CLASSES[tag]}")
    (root / "tags.csv").write_text("\n".join(rows))


def index(root: Path) -> dict[str, float]:
    """Seconds of the processor and peak memory of index_folder.py, on one core."""
    command = [
        sys.executable,
        str(PROJECT / "stages/index_folder.py"),
        *("--name", "many", "--classes", json.dumps(CLASSES)),
        *("--data-root", str(root / "photos"), "--masks", str(root / "masks")),
        *("--tags", str(root / "tags.csv"), "--out", str(root / "index.json")),
    ]
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit("index_folder.py failed")
    return {"seconds": round(used.ru_utime + used.ru_stime, 1), "mb": used.ru_maxrss // 1024}


def main() -> None:
    for count in SIZES:
        with tempfile.TemporaryDirectory() as made:
            write_photos(Path(made), count)
            rows = {"first": index(Path(made)), "again": index(Path(made))}
        print(json.dumps({"name": "indexing", "photos": count, **rows}), flush=True)


if __name__ == "__main__":
    main()
