"""What stages cost over 50, 100, 200 and 400 photos: a straight line, and memory that stays as it
is.

Drawn photos of 224 x 168 pixels, one core, the stages as scripts. For each: seconds a photo and
seconds to start by least squares, the largest distance from the line as a share of the longest
time, and peak memory over the sizes.

    python benchmarks/stage_scaling.py
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from common import PROJECT
from wsss.data.index import Index

SIZES = (50, 100, 200, 400)


def run(script: str, *arguments: object) -> None:
    command = [
        sys.executable,
        str(PROJECT / "stages" / f"{script}.py"),
        *map(str, arguments),
        "--threads",
        "1",
    ]
    subprocess.run(command, check=True, capture_output=True)


def part_of(index: Path, n: int) -> Path:
    """The index with n training photos."""
    whole = Index.load(index)
    kept = whole.splits["train"][:n]
    photos = {photo_id: whole.photos[photo_id] for photo_id in kept}
    path = index.with_name(f"index-{n}.json")
    replace(whole, photos=photos, splits={"train": kept}).save(path)
    return path


def cost(folder: Path, n: int) -> dict[str, tuple[float, int]]:
    """Seconds and peak memory of each stage over n photos."""
    index, at = part_of(folder / "index.json", n), folder / str(n)
    run(
        "export_cams",
        "cams",
        "--index",
        index,
        "--model",
        folder / "m.safetensors",
        "--out",
        at / "maps.h5",
    )
    run(
        "make_seeds", "threshold", "--index", index, "--maps", at / "maps.h5", "--out", at / "seeds"
    )
    run("write_labels", "crf", "--index", index, "--maps", at / "maps.h5", "--out", at / "labels")
    run(
        "score",
        "--what",
        "labels",
        "--index",
        index,
        "--split",
        "train",
        "--artifact",
        at / "labels",
        "--out",
        at / "s.json",
    )
    made = {
        "export_cams": "maps.h5",
        "make_seeds": "seeds",
        "write_labels": "labels",
        "score": "s.json",
    }
    notes = {
        stage: json.loads((at / f"{name}.run.json").read_text()) for stage, name in made.items()
    }
    return {stage: (note["core_seconds"], note["peak_mb"]) for stage, note in notes.items()}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run("make_mini", "--out", folder / "photos", "--train", max(SIZES), "--val", 1)
        run(
            "make_index",
            "--name",
            "mini",
            "--data-root",
            folder / "photos",
            "--out",
            folder / "index.json",
        )
        run(
            "train_classifier",
            "cam",
            "--index",
            part_of(folder / "index.json", 16),
            "--out",
            folder / "m.safetensors",
            "--backbone",
            "tf_efficientnet_lite0",
            "--crop",
            64,
            "--long-side",
            "[64, 96]",
            "--epochs",
            1,
        )
        costs = {n: cost(folder, n) for n in SIZES}
    lines = {}
    for stage in costs[SIZES[0]]:
        seconds = np.array([costs[n][stage][0] for n in SIZES])
        slope, start = np.polyfit(SIZES, seconds, 1)
        off = float(np.abs(seconds - start - slope * np.array(SIZES)).max() / seconds.max())
        lines[stage] = {
            "seconds_a_photo": round(float(slope), 4),
            "seconds_to_start": round(float(start), 1),
            "largest_residual": round(off, 3),
            "memory_mb": [costs[n][stage][1] for n in SIZES],
        }
    print(json.dumps({"name": "stage_scaling", "photos": SIZES, "stages": lines}))


if __name__ == "__main__":
    main()
