"""Delete folders of artifacts, and print how much disk space that frees.

snakemake --config recipe=seam -- clean        artifacts that only this recipe uses; results stay
python stages/clean.py --folders work/...
"""

from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.run.files import delete_folder
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> None:
    freed = 0
    for folder in map(Path, args.folders):
        size = delete_folder(folder)
        if size is not None:
            print(f"deleted {folder} ({size / 1e6:.1f} MB)")
            freed += size
    print(f"{freed / 1e6:.1f} MB freed")


STAGE = Stage(__file__, __doc__)
STAGE.option("folders", "the folders to delete", nargs="*", required=True)

if __name__ == "__main__":
    STAGE.run(main)
