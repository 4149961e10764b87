"""Project the objectness of points into the photos of their scenes: `prob` maps, one HDF5 file for
each shard.

    python stages/project_objectness.py zbuffer --index index.json --points points \\
        --objectness objectness --out maps.h5
"""

from argparse import Namespace

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.data.maps import map_writer
from wsss.data.scene_files import SceneFolder
from wsss.data.shards import parse_shard, show_progress
from wsss.geometry.cloud import Cloud
from wsss.geometry.objectness import Stored
from wsss.geometry.projection import project_scene
from wsss.geometry.projection_settings import ProjectionSettings
from wsss.geometry.registry import PROJECTIONS
from wsss.run.methods import load


def main(args: Namespace, settings: ProjectionSettings) -> None:
    index = Index.load(args.index, parse_shard(args.shard))
    clouds, found = (
        SceneFolder(args.points, "point cloud"),
        SceneFolder(args.objectness, "objectness"),
    )
    project = load(PROJECTIONS[args.method].code)
    with map_writer(args.out, **settings.model_dump(mode="json")) as writer:
        for scene in show_progress(sorted(clouds.paths), "scene"):
            of_scene = Cloud(clouds[scene]), Stored(found[scene])
            for photo_id, item in project_scene(index, *of_scene, project, settings):
                writer.add(photo_id, item)


STAGE = Stage(__file__, __doc__, PROJECTIONS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("points", "folders of point clouds", nargs="+")
STAGE.input("objectness", "folders of their objectness", nargs="+")
STAGE.option("split", "the split", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the maps (.h5)")

if __name__ == "__main__":
    STAGE.run(main)
