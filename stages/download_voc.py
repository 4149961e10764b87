"""Download PASCAL VOC 2012, and with --trainaug SBD, into a folder in VOC layout.

python stages/download_voc.py --out VOC2012 --trainaug
"""

from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.datasets.download import prepare_voc
from wsss.datasets.voc_download_settings import DownloadSettings
from wsss.run.files import atomic


def main(args: Namespace, settings: DownloadSettings) -> None:
    with atomic(args.out) as folder:
        prepare_voc(folder, Path(args.downloads), settings, args.trainaug)


STAGE = Stage(__file__, __doc__, settings=DownloadSettings)
STAGE.option("trainaug", "also download SBD and make the split trainaug", action="store_true")
STAGE.option("downloads", "where archives are kept", affects_result=False, default="downloads")
STAGE.output("out", "the folder to make, in VOC layout")

if __name__ == "__main__":
    STAGE.run(main)
