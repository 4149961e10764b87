"""Find the thresholds above and below which a stated share of the photos' area becomes seeds: one
JSON file. No mask is read.

    python stages/find_thresholds.py shares --index index.json --maps maps/*.h5 \\
        --out thresholds.json
"""

from argparse import Namespace

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.data.maps import MapReader
from wsss.data.shards import show_progress
from wsss.run.methods import load
from wsss.run.settings import Settings
from wsss.seeds.registry import THRESHOLDS
from wsss.seeds.threshold_file import write_thresholds


def main(args: Namespace, settings: Settings) -> None:
    index, maps = Index.load(args.index), MapReader(args.maps)
    photos = show_progress(index.split(args.split))
    found = load(THRESHOLDS[args.method].code)((maps[photo.id] for photo in photos), settings)
    write_thresholds(args.out, found)
    print(found.summary)


STAGE = Stage(__file__, __doc__, THRESHOLDS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("maps", "shards of score maps (.h5)", nargs="+")
STAGE.option("split", "the split to make seeds of", default="train")
STAGE.output("out", "the thresholds (JSON)")

if __name__ == "__main__":
    STAGE.run(main)
