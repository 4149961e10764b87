"""Download COCO of a year into a folder in its official layout.

python stages/download_coco.py --out COCO --year 2017
"""

from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.datasets.coco_download import prepare_coco
from wsss.datasets.coco_download_settings import CocoDownloadSettings
from wsss.datasets.coco_layout import YEARS
from wsss.run.files import atomic


def main(args: Namespace, settings: CocoDownloadSettings) -> None:
    with atomic(args.out) as folder:
        prepare_coco(folder, Path(args.downloads), settings, args.year)


STAGE = Stage(__file__, __doc__, settings=CocoDownloadSettings)
STAGE.option("year", "2014 or 2017", type=int, choices=YEARS, default=YEARS[0])
STAGE.option("downloads", "where archives are kept", affects_result=False, default="downloads")
STAGE.output("out", "the folder to make, with annotations/ and the folders of photos")

if __name__ == "__main__":
    STAGE.run(main)
