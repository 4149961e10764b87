"""Draw the dataset `rooms`: furnished rooms from several views, with depths and poses.

python stages/make_rooms.py --out rooms --train 12 --val 5
"""

from argparse import Namespace

from _project import Stage
from wsss.datasets.rgbd_settings import RoomsSettings
from wsss.datasets.rooms import write_rooms
from wsss.run.files import atomic


def main(args: Namespace, settings: RoomsSettings) -> None:
    with atomic(args.out) as folder:
        write_rooms(folder, settings)


STAGE = Stage(__file__, __doc__, settings=RoomsSettings)
STAGE.output("out", "the folder to make")

if __name__ == "__main__":
    STAGE.run(main)
