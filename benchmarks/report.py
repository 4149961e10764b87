"""A report of 5,000 photos at seven stages: how long it takes to write, how large it is, and how
long a browser needs.

Fifty drawn photos of 500 x 375 stand under a hundred names each. The browser's figures are there
where playwright and Chromium are: until the overview can be used, and for showing one class sorted
anew.

    python benchmarks/report.py
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from common import PROJECT
from wsss.data.images import write_labels
from wsss.data.index import Index
from wsss.data.maps import ScoreMap, map_writer
from wsss.data.photo import Photo
from wsss.datasets.mini import draw_scene
from wsss.datasets.mini_settings import MiniSettings

PHOTOS, DRAWN = 5_000, 50
CLASSES = ("mushroom", "fish", "tortoise", "cart", "hut", "bird")
STEPS = {
    "cams": "maps.h5",
    "refine": "maps.h5",
    "seeds": "labels",
    "walk": "maps.h5",
    "labels": "labels",
    "predict": "labels",
}
SCENE = MiniSettings(width=500, height=375)


def make(folder: Path) -> None:
    """The index, the maps and the labels of the photos."""
    rng, photos = np.random.default_rng(0), {}
    (folder / "labels").mkdir()
    scenes = [draw_scene(np.random.default_rng([7, k]), SCENE, first=k % 6) for k in range(DRAWN)]
    for k, scene in enumerate(scenes):
        Image.fromarray(scene.photo).save(folder / f"{k}.jpg")
        write_labels(folder / f"{k}.png", scene.mask)
    with map_writer(folder / "maps.h5") as writer:
        for n in range(PHOTOS):
            k = n % DRAWN
            tags = tuple(int(v) for v in np.unique(scenes[k].mask) if 0 < v < 255)
            photos[f"p{n}"] = Photo(f"p{n}", f"{k}.jpg", tags, {"mask": f"{k}.png"})
            (folder / "labels" / f"p{n}.png").hardlink_to(folder / f"{k}.png")
            scores = rng.random((len(tags), 24, 32)).astype(np.float32)
            writer.add(f"p{n}", ScoreMap("cam", np.array(tags), scores, (375, 500)))
    Index("many", CLASSES, str(folder), photos, {"train": tuple(photos)}).save(folder / "i.json")


def opened(path: Path) -> dict[str, float]:
    """Seconds of a browser; nothing where there is none."""
    chromium = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return {}
    if chromium is None:
        return {}
    with sync_playwright() as play:
        page = play.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        ).new_page()
        started = time.perf_counter()
        page.goto(path.as_uri())
        page.wait_for_selector("#grid button")
        loaded = time.perf_counter()
        page.select_option("#by-class", "1")
        page.locator("#count:not(:text-is('5000 photos'))").wait_for()
        filtered = time.perf_counter()
    return {
        "open_seconds": round(loaded - started, 2),
        "filter_seconds": round(filtered - loaded, 2),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder)
        command = [
            sys.executable,
            str(PROJECT / "stages/write_report.py"),
            "--index",
            str(folder / "i.json"),
            "--recipes",
            "r",
            "--steps",
            *STEPS,
            "--folders",
            *(f"r/{step}={folder}" for step in STEPS),
            "--artifacts",
            *(f"r/{step}/train={folder / path}" for step, path in STEPS.items()),
            "--page",
            str(folder / "report/index.html"),
            "--pictures",
            str(folder / "report/pictures"),
        ]
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds = time.perf_counter() - started
        size = sum(p.stat().st_size for p in (folder / "report").rglob("*") if p.is_file())
        print(
            json.dumps(
                {
                    "name": "report",
                    "photos": PHOTOS,
                    "seconds": round(seconds, 1),
                    "ms_a_photo": round(1000 * seconds / PHOTOS, 1),
                    "megabytes": round(size / 1e6),
                    **opened(folder / "report/index.html"),
                }
            )
        )


if __name__ == "__main__":
    main()
