"""Draw the dataset `mini` in VOC layout.

python stages/make_mini.py --out mini --train 96 --val 48
"""

from _project import Stage
from wsss.run.files import atomic
from wsss.data.mini import write_mini
from wsss.data.mini_settings import MiniSettings


def main(args, settings):
    with atomic(args.out) as folder:
        write_mini(folder, settings)


STAGE = Stage(__file__, __doc__, settings=MiniSettings)
STAGE.output("out", "the folder")

if __name__ == "__main__":
    STAGE.run(main)
