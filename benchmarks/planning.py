"""How long `snakemake -n` takes for datasets of any size, and how much memory: jobs grow with
shards, not with photos.

    python benchmarks/planning.py

The photos are empty files: planning looks at all of them from outside, and opens none.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from common import PROJECT
from wsss.data.file_cache import open_cache
from wsss.data.index_files import BUCKETS, Head, lines_path
from wsss.plan.expected import Expected
from wsss.plan.plan import Plan
from wsss.run.files import write_json
from wsss.run.records import Record, content_digest

SIZES = (("voc", 1_464, 8), ("coco", 82_783, 64), ("million", 1_000_000, 200))
"""name, training photos, shards"""
ROUNDS = """
about: four rounds of labels and networks, each trained on the labels of the round before
like: cam
chain:
  segmenter: null
  rounds:
    times: 4
    chain:
      network:
        kind: segmenter
        method: deeplab
        inputs: {labels: before.labels}
        first: {labels: labels}
      segmentation_maps: segmentation_maps
      labels: crf
"""


def dataset(folder: Path, photos: int) -> Path:
    """A folder in VOC's layout with so many empty photos."""
    root = folder / "VOC2012"
    for name in ("JPEGImages", "Annotations", "ImageSets/Segmentation"):
        (root / name).mkdir(parents=True)
    for k in range(photos):
        (root / "JPEGImages" / f"{k:07d}.jpg").touch()
    (root / "ImageSets/Segmentation/train.txt").write_text("0000000\n")
    return root


def index_of(folder: Path, plan: Plan, photos: int) -> None:
    """An index's head that tells of so many photos, and of the files as they are."""
    zeros = {"photos": "0" * 16}
    splits = {
        name: {"photos": count, "digests": zeros, "largest": 500_000}
        for name, count in (("train", photos), ("val", photos // 10))
    }
    head = {
        "name": "voc",
        "classes": ("a",),
        "root": plan.dataset.root,
        "photos": photos,
        "splits": splits,
        "all": {"digests": zeros, "largest": 500_000},
        "buckets": (0,) * (BUCKETS + 1),
        "bucket_digests": ("0" * 16,) * BUCKETS,
    }
    path, job = folder / plan.dataset.index, plan.dataset.index_job
    with open_cache(path, plan.dataset.root, plan.dataset.state()):
        write_json(path, Head.model_validate(head).model_dump(mode="json"))
        lines_path(path).touch()
    record = Record(
        job.stage,
        None,
        job.settings,
        {},
        Expected().code(job),
        {},
        {},
        {},
        {path.name: content_digest(path)},
        {},
        path.name,
    )
    write_json(f"{path}.prov.json", record.as_json())


def planned(folder: Path, photos: int, shards: int, recipe: str) -> dict[str, float]:
    """Seconds, peak memory and jobs of a dry run."""
    command = [
        str(Path(sys.executable).with_name("snakemake")),
        "--snakefile",
        str(folder / "Snakefile"),
        "-n",
        "--cores",
        "2",
        "--config",
        f"data_root={folder / 'VOC2012'}",
        f"shards={shards}",
        "--",
        f"results/{recipe}/voc_val_miou.txt",
    ]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
    seconds = time.perf_counter() - started
    jobs = next(
        int(line.split()[1])
        for line in (done.stdout + done.stderr).splitlines()
        if line.startswith("total ")
    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return {
        "seconds": round(seconds, 2),
        "memory_mb": peak,
        "jobs": jobs,
        "photos": photos,
        "shards": shards,
    }


def project(folder: Path) -> Path:
    """A copy of the project, with a recipe of four rounds beside its own."""
    for name in ("rules", "stages", "wsss", "recipes", "experiments", "profiles", "envs"):
        shutil.copytree(PROJECT / name, folder / name)
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(PROJECT / name, folder / name)
    (folder / "recipes" / "rounds.yaml").write_text(ROUNDS)
    return folder


def main() -> None:
    found = {}
    for name, photos, shards in SIZES:
        with tempfile.TemporaryDirectory() as made:
            folder = project(Path(made))
            root = dataset(folder, photos)
            values = yaml.safe_load((PROJECT / "config.yaml").read_text())
            index_of(folder, Plan({**values, "data_root": str(root)}, root=folder), photos)
            found |= {
                f"{name}, {recipe}": planned(folder, photos, shards, recipe)
                for recipe in ("default", "rounds")
            }
    print(
        json.dumps(
            {"name": "planning", "unit": "seconds", **found["million, default"], "others": found}
        )
    )


if __name__ == "__main__":
    main()
