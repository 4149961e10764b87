"""Spread score maps along learned affinities: one HDF5 file of `prob` maps for each shard.

    python stages/propagate.py psa --index index.json --model psa.safetensors --maps maps/*.h5 \\
        --out walked.h5
"""

from argparse import Namespace

from _project import Stage
from wsss.affinity.registry import AFFINITIES, WALKS
from wsss.data.index import Index, read_digests
from wsss.data.maps import MapReader, map_writer
from wsss.data.shards import parse_shard, photos_of
from wsss.nets.device import use_device
from wsss.nets.inference import inference_task
from wsss.run.errors import UserError
from wsss.run.methods import load
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> None:
    index, maps = Index.load(args.index, parse_shard(args.shard)), MapReader(args.maps)
    device = use_device(args.device, args.threads)
    task = inference_task(args.model, AFFINITIES, index.classes, device)
    walk = load(WALKS[args.method].code)
    if not isinstance(task, load(AFFINITIES[args.method].code)):
        raise UserError(
            f"model {args.model} has other affinities than the walk {args.method} follows; take "
            "the walk of the method that the model was trained by"
        )
    with map_writer(args.out, **settings.model_dump(mode="json", exclude_none=True)) as writer:
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            writer.add(photo.id, walk(task, pixels, maps[photo.id], settings, device))


STAGE = Stage(__file__, __doc__, WALKS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("model", "the affinities")
STAGE.input("maps", "shards of score maps (.h5)", nargs="+")
STAGE.option("split", "the split", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the maps (.h5)")

if __name__ == "__main__":
    STAGE.run(main)
