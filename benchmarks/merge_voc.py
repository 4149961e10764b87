"""Makes one folder in VOC's layout of several, by links: to train or score on the photos of all.

    python benchmarks/merge_voc.py VOC2012 MORE_VOC --out MERGED

Each list of ImageSets/Segmentation becomes the sorted ids of the lists of this name. The list of
the first folder alone stands beside it as val_1, and so on, to be scored alone (the setting
`lists`). Where a folder has trainaug, it becomes all photos of train and trainaug, with their masks
in SegmentationClassAug. Of a file that two folders have, the first is taken: only VOC's own copy of
an annotation has boxes.
"""

import argparse
from pathlib import Path

FILES = ("JPEGImages", "SegmentationClass", "Annotations")
LISTS = "ImageSets/Segmentation"


def merge(roots: list[Path], out: Path) -> None:
    """Link the photos, masks and annotations of `roots` into `out`, and write its lists."""
    for name in FILES:
        link_files([root / name for root in roots], out / name)
    lists = merged_lists(roots)
    if "trainaug.txt" in lists:
        lists["trainaug.txt"] |= lists.get("train.txt", set())
        masks = ("SegmentationClassAug", "SegmentationClass")
        link_files([root / name for name in masks for root in roots], out / masks[0])
    (out / LISTS).mkdir(parents=True)
    for name, ids in lists.items():
        (out / LISTS / name).write_text("".join(f"{photo}\n" for photo in sorted(ids)))


def link_files(folders: list[Path], out: Path) -> None:
    """Link each file of the folders that there are; the first of equal names wins."""
    found = {file.name: file for folder in reversed(folders) for file in folder.glob("*.*")}
    if found:
        out.mkdir(parents=True)
    for name, file in found.items():
        (out / name).symlink_to(file.resolve())


def merged_lists(roots: list[Path]) -> dict[str, set[str]]:
    """File name -> ids of that list in all roots, and NAME_1.txt, ... of each root's own."""
    merged: dict[str, set[str]] = {}
    for number, root in enumerate(roots, start=1):
        for file in (root / LISTS).glob("*.txt"):
            ids = set(file.read_text().split())
            merged[file.name] = merged.get(file.name, set()) | ids
            merged[f"{file.stem}_{number}.txt"] = ids
    return merged


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("roots", nargs="+", type=Path, metavar="VOC")
    parser.add_argument("--out", required=True, type=Path)
    args = parser.parse_args()
    if args.out.exists():
        parser.error(f"{args.out} exists; name a new folder, or delete it")
    merge(args.roots, args.out)


if __name__ == "__main__":
    main()
