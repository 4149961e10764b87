"""Export maps with background from a segmentation network: one HDF5 file of `prob` maps for each
shard.

    python stages/export_segmentation_maps.py segmentation_maps --index index.json \\
        --model dsrg.safetensors --out maps.h5
"""

from argparse import Namespace

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.data.maps import map_writer
from wsss.data.shards import parse_shard, photos_of
from wsss.nets.device import use_device
from wsss.nets.inference import inference_task
from wsss.run.methods import load
from wsss.run.settings import Settings
from wsss.seeds.registry import SEGMENTATION_MAPS
from wsss.segment.registry import SEGMENTATION_NETWORKS


def main(args: Namespace, settings: Settings) -> None:
    index = Index.load(args.index, parse_shard(args.shard))
    device = use_device(args.device, args.threads)
    task = inference_task(args.model, SEGMENTATION_NETWORKS, index.classes, device)
    export = load(SEGMENTATION_MAPS[args.method].code)
    with map_writer(args.out, **settings.model_dump(mode="json", exclude_none=True)) as writer:
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            writer.add(photo.id, export(task.network, pixels, photo.tags, settings, device))


STAGE = Stage(__file__, __doc__, SEGMENTATION_MAPS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("model", "the segmentation network")
STAGE.option("split", "the split to export", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the maps (.h5)")

if __name__ == "__main__":
    STAGE.run(main)
