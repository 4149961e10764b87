"""How long `snakemake -n` takes for datasets of any size, and how much memory: jobs grow with shards, not with photos.

    python benchmarks/planning.py
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from common import HOUSE
from wsss.plan.workflow import Plan

SIZES = (("voc", 1_464, 8), ("coco", 82_783, 64), ("million", 1_000_000, 200))
"""name, training photos, shards"""


def planned(folder: Path, photos: int, shards: int) -> dict[str, float]:
    """Seconds, peak memory and jobs of a dry run over an index that has so many photos."""
    root = folder / "VOC2012"
    (root / "JPEGImages").mkdir(parents=True)
    values = yaml.safe_load((HOUSE / "config.yaml").read_text())
    base = folder / "work" / Plan({**values, "data_root": str(root)}).base
    base.mkdir(parents=True)
    (base / "counts.json").write_text(json.dumps({"train": photos, "val": photos // 10}))
    command = [str(Path(sys.executable).with_name("snakemake")), "--snakefile", str(HOUSE / "Snakefile"), "-n", "--cores",
               "2", "--config", f"data_root={root}", f"shards={shards}", "--", "results/voc_val_miou.txt"]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - started
    jobs = next(int(line.split()[1]) for line in (done.stdout + done.stderr).splitlines() if line.startswith("total "))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return {"seconds": round(seconds, 2), "memory_mb": peak, "jobs": jobs, "photos": photos, "shards": shards}


def main() -> None:
    found = {}
    for name, photos, shards in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            found[name] = planned(Path(folder), photos, shards)
    print(json.dumps({"name": "planning", "unit": "seconds", **found["million"], "others": found}))


if __name__ == "__main__":
    main()
