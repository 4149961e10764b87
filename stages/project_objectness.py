"""Project the objectness of points into the photos of their scenes: `prob` maps, one HDF5 file for
each shard.

    python stages/project_objectness.py zbuffer --index index.json --points points \\
        --objectness objectness --out maps.h5
"""

from argparse import Namespace
from collections.abc import Iterator

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.data.maps import ScoreMap, map_writer
from wsss.data.scene_files import SceneFolder
from wsss.data.shards import parse_shard, show_progress
from wsss.geometry.box_objectness import corners_of
from wsss.geometry.cloud import Cloud, take_view
from wsss.geometry.objectness import Stored
from wsss.geometry.projection_settings import ProjectionSettings
from wsss.geometry.registry import PROJECTIONS
from wsss.run.methods import load


def main(args: Namespace, settings: ProjectionSettings) -> None:
    index = Index.load(args.index, parse_shard(args.shard))
    clouds, found = SceneFolder(args.points, "point cloud"), SceneFolder(args.objectness, "objectness")
    project = load(PROJECTIONS[args.method].code)
    with map_writer(args.out, **settings.model_dump(mode="json")) as writer:
        for scene in show_progress(sorted(clouds.paths), "scene"):
            for photo_id, item in project_scene(
                index, Cloud(clouds[scene]), Stored(found[scene]), project, settings
            ):
                writer.add(photo_id, item)


def project_scene(
    index: Index, cloud: Cloud, stored: Stored, project: object, settings: ProjectionSettings
) -> Iterator[tuple[str, ScoreMap]]:
    """The map of each photo of a scene."""
    points, objectness = cloud.points(), stored.read()
    for photo_id in cloud.photos:
        photo = index.photos[photo_id]
        view, depth = take_view(index, photo, alone=len(cloud.photos) == 1)
        own = depth if settings.own_depth else None
        boxes = corners_of(index, photo) if photo_id in stored.boxed else None
        yield photo_id, project(view, points, objectness, cloud.voxel, own, boxes, settings)


STAGE = Stage(__file__, __doc__, PROJECTIONS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("points", "folders of point clouds", nargs="+")
STAGE.input("objectness", "folders of their objectness", nargs="+")
STAGE.option("split", "the split", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the maps (.h5)")

if __name__ == "__main__":
    STAGE.run(main)
