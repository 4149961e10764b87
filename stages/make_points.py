"""Make point clouds of scenes from photos with depth: a folder for each shard, a .npz for each
scene.

python stages/make_points.py voxels --index index.json --split train --out points
"""

from argparse import Namespace
from functools import partial

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.data.scenes import scenes_of
from wsss.data.shards import parse_shard, show_progress
from wsss.geometry.cloud import take_shot
from wsss.geometry.cloud_settings import CloudSettings
from wsss.geometry.registry import CLOUDS
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.run.records import Json


def main(args: Namespace, settings: CloudSettings) -> Json:
    index = Index.load(args.index, parse_shard(args.shard))
    photos = index.split(args.split, parse_shard(args.shard))
    scenes = (
        scenes_of(photos) if settings.views == "all" else {photo.id: [photo] for photo in photos}
    )
    write, made = load(CLOUDS[args.method].code), 0
    with atomic(args.out) as folder:
        folder.mkdir()
        for scene in show_progress(list(scenes), "scene"):
            shot_of = partial(take_shot, index, alone=len(scenes[scene]) == 1)
            made += write(folder / f"{scene}.npz", scenes[scene], shot_of, settings)
    return {"scenes": len(scenes), "points": made}


STAGE = Stage(__file__, __doc__, CLOUDS)
STAGE.index("the dataset's index", read_digests)
STAGE.option("split", "the split", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the folder of point clouds")

if __name__ == "__main__":
    STAGE.run(main)
