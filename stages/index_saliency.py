"""Read the photos and masks that a saliency network trains on; those that the dataset also has are left out, by name.

    python stages/index_saliency.py deeplab --index index.json --photos ECSSD/images --masks ECSSD/masks --out saliency
"""

from pathlib import Path

from _house import Stage
from wsss.run.files import atomic, write_json
from wsss.data.index import Index
from wsss.saliency.photos import read_saliency_photos
from wsss.saliency.registry import SALIENCY_NETS


def main(args, settings):
    target = Index.load(args.index)
    with atomic(args.out) as folder:
        (folder / "masks").mkdir(parents=True)
        index, shared = read_saliency_photos(settings, target, folder / "masks", Path(args.out) / "masks")
        index.save(folder / "index.json")
        write_json(folder / "left_out.json", shared)
    for name, twin in shared.items():
        print(f"left out {name}: it looks like {twin} of the dataset {target.name}")
    print(", ".join(f"{len(ids)} photos in {split}" for split, ids in index.splits.items()), f"{len(shared)} left out")


STAGE = Stage(__file__, __doc__, SALIENCY_NETS)
STAGE.input("index", "the dataset's index")
STAGE.output("out", "the folder: index.json, masks/, left_out.json")

if __name__ == "__main__":
    STAGE.run(main)
