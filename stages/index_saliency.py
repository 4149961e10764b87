"""Read the photos and masks that a saliency network is trained on, without photos of the dataset.

Photos that are, or resemble, one of the dataset are left out and listed.

    python stages/index_saliency.py folder --index index.json --photos ECSSD/images \\
        --masks ECSSD/masks --out saliency
"""

from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.run.files import atomic, write_json
from wsss.run.methods import load
from wsss.run.settings import Settings
from wsss.saliency.registry import SALIENCY_PHOTOS


def main(args: Namespace, settings: Settings) -> None:
    target, read = Index.load(args.index), load(SALIENCY_PHOTOS[args.method].code)
    with atomic(args.out) as folder:
        (folder / "masks").mkdir(parents=True)
        index, shared = read(settings, target, folder / "masks", Path(args.out) / "masks")
        index.save(folder / "index.json")
        write_json(folder / "left_out.json", shared)
    for name, similar in shared.items():
        print(f"left out {name}: it looks like {similar} of the dataset {target.name}")
    print(
        ", ".join(f"{len(ids)} photos in {split}" for split, ids in index.splits.items()),
        f"{len(shared)} left out",
    )


STAGE = Stage(__file__, __doc__, SALIENCY_PHOTOS)
STAGE.index("the index of the dataset whose photos are left out", read_digests)
STAGE.output("out", "the folder: index.json with index.jsonl, masks/, left_out.json")

if __name__ == "__main__":
    STAGE.run(main)
