"""Read tagged photos of another dataset, with the classes of this one, to train a classifier on.

Photos that are, or resemble, one of the dataset are left out and listed.

    python stages/index_other_photos.py coco --index index.json --root COCO --out other
"""

from argparse import Namespace

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.datasets.other_photos import describe_photos
from wsss.datasets.registry import OTHER_DATASETS
from wsss.run.errors import printable
from wsss.run.files import atomic, write_json
from wsss.run.methods import load
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> None:
    target, read = Index.load(args.index), load(OTHER_DATASETS[args.method].code)
    with atomic(args.out) as folder:
        folder.mkdir(parents=True)
        index, shared, account = read(settings, target)
        index.save(folder / "index.json")
        counts = describe_photos(index, shared)
        write_json(folder / "counts.json", counts)
        write_json(folder / "left_out.json", shared)
    for name, similar in shared.items():
        print(f"left out {name}: it looks like {similar} of the dataset {target.name}")
    for kind, cases in account.problems.items():
        print(printable(f"{kind}: {len(cases)}, the first is {cases[0]}"))
    missing = [name for name, photos in counts["classes"].items() if not photos]
    if missing:
        print(f"no photo has {', '.join(missing)}; a classifier cannot learn it from these photos")
    print("{photos} photos, {tagged} with tags, {left_out} left out".format(**counts))


STAGE = Stage(__file__, __doc__, OTHER_DATASETS)
STAGE.index("the index of the dataset whose photos are left out", read_digests)
STAGE.output("out", "the folder: index.json with index.jsonl, counts.json, left_out.json")

if __name__ == "__main__":
    STAGE.run(main)
