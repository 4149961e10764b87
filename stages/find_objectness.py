"""Give the points of scenes an objectness for each class: from boxes (boxes), or from a network's
maps and the objectness of before (fuse). A folder for each shard, a .npz for each scene.

    python stages/find_objectness.py boxes --index index.json --points points --out objectness
    python stages/find_objectness.py fuse --index index.json --points points --maps maps.h5 \\
        --before objectness --out fused
"""

from argparse import Namespace

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.data.maps import MapReader
from wsss.data.scene_files import SceneFolder
from wsss.data.shards import parse_shard, show_progress
from wsss.geometry.cloud import Cloud
from wsss.geometry.objectness import Scene, Stored, write_objectness
from wsss.geometry.registry import OBJECTNESS
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.run.records import Json
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> Json:
    index = Index.load(args.index, parse_shard(args.shard))
    clouds, before = SceneFolder(args.points, "point cloud"), SceneFolder(args.before, "objectness")
    maps, find = MapReader(args.maps) if args.maps else None, load(OBJECTNESS[args.method].code)
    photos, known, boxed = 0, 0, 0
    with atomic(args.out) as folder:
        folder.mkdir()
        for name in show_progress(sorted(clouds.paths), "scene"):
            cloud = Cloud(clouds[name])
            scene = Scene(name, index, cloud, maps, Stored(before[name]) if args.before else None)
            made, counted = find(scene, settings)
            write_objectness(folder / f"{name}.npz", made, counted)
            photos, boxed = photos + len(cloud.photos), boxed + len(counted)
            known += int(made.known.sum())
    print(f"boxes of {boxed} of {photos} photos, {known} points with an objectness")
    return {"photos": photos, "photos with boxes that count": boxed, "points": known}


STAGE = Stage(__file__, __doc__, OBJECTNESS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("points", "folders of point clouds", nargs="+")
STAGE.input("maps", "a network's maps (.h5), for fuse", nargs="*", required=False, default=[])
STAGE.input(
    "before", "folders of the objectness of before, for fuse", nargs="*", required=False, default=[]
)
STAGE.option("split", "the split", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the folder of objectness")

if __name__ == "__main__":
    STAGE.run(main)
