"""Refine the CAMs of a classifier: one HDF5 file of `cam` maps for each shard.

    python stages/refine_cams.py pcm --index index.json --model seam.safetensors --out maps.h5 \\
        --export '{"stride": 8}'
"""

from argparse import Namespace

from _project import Stage
from wsss.cams.refiner_input import RefinerInput
from wsss.cams.registry import REFINERS
from wsss.cams.settings import ExportSettings
from wsss.classify.registry import CLASSIFIERS
from wsss.data.index import Index, read_digests
from wsss.data.maps import MapReader, map_writer
from wsss.data.shards import parse_shard, photos_of
from wsss.nets.device import use_device
from wsss.nets.inference import inference_task
from wsss.run.errors import UserError
from wsss.run.files import parse_json
from wsss.run.methods import load
from wsss.run.settings import Settings, validate


def main(args: Namespace, settings: Settings) -> None:
    index = Index.load(args.index, parse_shard(args.shard))
    device = use_device(args.device, args.threads)
    task = inference_task(args.model, CLASSIFIERS, index.classes, device)
    refine = load(REFINERS[args.method].code)
    export = validate(ExportSettings, args.export, "export")
    reads_maps = "maps" in REFINERS[args.method].reads
    if reads_maps and not args.maps:
        raise UserError(f"refiner {args.method} reads exported maps; give them with --maps")
    maps = MapReader(args.maps)
    with map_writer(args.out, **export.model_dump(mode="json", exclude_none=True)) as writer:
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            exported = maps[photo.id] if reads_maps else None
            given = RefinerInput(pixels, photo.tags, task.network, export, device, exported)
            writer.add(photo.id, refine(given, settings))


STAGE = Stage(__file__, __doc__, REFINERS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("model", "the classifier")
STAGE.input(
    "maps",
    "shards of the exported maps (.h5), for refiners that read them",
    nargs="*",
    required=False,
    default=[],
)
STAGE.option(
    "export",
    "settings of the CAM export (scales, flip, stride) as JSON",
    type=parse_json,
    default={},
)
STAGE.option("split", "the split to refine", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the maps (.h5)")

if __name__ == "__main__":
    STAGE.run(main)
