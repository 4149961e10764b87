"""Read photos with depth, cameras and poses into an index, and check every photo, mask, depth and
pose.

    python stages/index_rgbd.py --name rgbd --data-root NYUv2 --out index.json

It writes index.json (the head), index.jsonl (a line for each photo), and index.seen.jsonl (a cache,
so that the next run reads only files that changed).
"""

from argparse import Namespace

from _index import add_options, files_beside, read_annotations, with_corrections

from _project import Stage
from wsss.brought.checks import check_index
from wsss.data.file_cache import open_cache
from wsss.datasets.rgbd import read_rgbd
from wsss.datasets.rgbd_layout import FILES, FOLDERS
from wsss.datasets.rgbd_settings import RgbdSettings
from wsss.datasets.state import rgbd_state, with_annotations


def main(args: Namespace, settings: RgbdSettings) -> None:
    state = with_annotations(rgbd_state(args.data_root, FOLDERS, FILES), files_beside(args))
    with open_cache(args.out, args.data_root, state, args.afresh) as cache:
        beside = read_annotations(args)
        index, account = read_rgbd(args.name, args.data_root, settings, beside, cache)
        index = with_corrections(index, args, "train", cache)
        index = check_index(index, cache)
        index.save(args.out)
    print("".join(f"{line}\n" for line in account.problem_lines()), end="")
    counts = {name: len(ids) for name, ids in index.splits.items()}
    print(f"{args.name}: {len(index.photos)} photos, {len(index.classes)} classes, splits {counts}")


STAGE = Stage(__file__, __doc__, settings=RgbdSettings)
add_options(STAGE, "the folder with images/, depth/, camera.json, train.txt and val.txt")
STAGE.output("out", "the index (JSON; its photos go to the same name with .jsonl)")

if __name__ == "__main__":
    STAGE.run(main)
