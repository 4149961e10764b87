"""Draw the synthetic dataset `mini` in VOC layout.

python stages/make_mini.py --out mini --train 96 --val 48
"""

from argparse import Namespace

from _project import Stage
from wsss.datasets.mini import write_mini
from wsss.datasets.mini_settings import MiniSettings
from wsss.run.files import atomic


def main(args: Namespace, settings: MiniSettings) -> None:
    with atomic(args.out) as folder:
        write_mini(folder, settings)


STAGE = Stage(__file__, __doc__, settings=MiniSettings)
STAGE.output("out", "the folder to make, in VOC layout")

if __name__ == "__main__":
    STAGE.run(main)
