"""Draw the points of some scenes, with the objectness of each, from above and from the side.

    python stages/draw_clouds.py --index index.json --points points/*/ --objectness objectness/*/ \\
        --out clouds.png
"""

from argparse import Namespace

import numpy as np

from _project import Stage
from wsss.data.camera import pose_of
from wsss.data.index import Index, read_digests
from wsss.data.scene_files import SceneFolder
from wsss.geometry.cloud import Cloud
from wsss.geometry.objectness import Stored
from wsss.report.clouds import ShownCloud, clouds_figure, upright
from wsss.run.errors import UserError
from wsss.run.files import atomic
from wsss.run.settings import Settings

SHOWN = 3
"""scenes in the picture, evenly spread over their names"""


def main(args: Namespace, settings: Settings) -> None:
    index = Index.load(args.index)
    clouds = SceneFolder(args.points, "point cloud")
    found = SceneFolder(args.objectness, "objectness")
    names = sorted(clouds.paths)
    if not names:
        raise UserError(f"there is no scene in {', '.join(args.points)}; make the folders again")
    count = min(SHOWN, len(names))
    chosen = [names[len(names) * n // count] for n in range(count)]
    shown = [show(index, name, Cloud(clouds[name]), Stored(found[name])) for name in chosen]
    with atomic(args.out) as temporary:
        clouds_figure(shown, index.labels).savefig(temporary, format="png", dpi=120)


def show(index: Index, name: str, cloud: Cloud, stored: Stored) -> ShownCloud:
    """A scene's points, upright, with their objectness."""
    poses = [pose_of(index.photos[photo_id]) for photo_id in cloud.photos]
    down = np.mean([np.eye(4) if pose is None else pose for pose in poses], axis=0)[:3, 1]
    points, objectness = cloud.points(), stored.read()
    places = upright(points.places, down)
    return ShownCloud(name, places, points.colours, objectness.scores, objectness.known)


STAGE = Stage(__file__, __doc__)
STAGE.index("the dataset's index", read_digests, reads=("pose",))
STAGE.input("points", "folders of point clouds", nargs="+")
STAGE.input("objectness", "folders of their objectness", nargs="+")
STAGE.option("split", "the split", default="train")
STAGE.output("out", "the picture (PNG)")

if __name__ == "__main__":
    STAGE.run(main)
