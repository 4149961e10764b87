"""Find the instances in score maps by IRNet's boundaries and displacements: one JSON file for each
shard.

    python stages/find_instances.py --index index.json --model irn.safetensors \\
        --maps maps/*.h5 --out instances.json
"""

from argparse import Namespace

from _project import Stage
from wsss.affinity.instance_settings import InstanceSettings
from wsss.affinity.instances import Instance, find_instances
from wsss.affinity.irn import Irn
from wsss.affinity.registry import AFFINITIES
from wsss.affinity.walk_settings import IrnWalkSettings
from wsss.data.index import Index, read_digests
from wsss.data.instances import Json, encode_mask
from wsss.data.maps import MapReader
from wsss.data.shards import parse_shard, photos_of
from wsss.nets.device import use_device
from wsss.nets.inference import inference_task
from wsss.run.errors import UserError
from wsss.run.files import parse_json, write_json
from wsss.run.settings import validate


def main(args: Namespace, settings: InstanceSettings) -> None:
    index, maps = Index.load(args.index, parse_shard(args.shard)), MapReader(args.maps)
    device = use_device(args.device, args.threads)
    task = inference_task(args.model, AFFINITIES, index.classes, device)
    walk = validate(IrnWalkSettings, args.walk, "walk")
    if not isinstance(task, Irn):
        raise UserError(
            f"model {args.model} has no displacements to find instances by; train affinities by irn"
        )
    rows = {}
    for photo, pixels in photos_of(index, args.split, args.shard, args.out):
        found = find_instances(task, pixels, maps[photo.id], walk, settings, device)
        rows[photo.id] = {
            "size": pixels.shape[:2],
            "instances": [as_annotation(instance) for instance in found],
        }
    write_json(args.out, rows)


def as_annotation(instance: Instance) -> Json:
    """An instance as a COCO annotation, its mask run-length encoded."""
    return {
        "category_id": instance.label,
        "score": round(instance.score, 4),
        **encode_mask(instance.mask),
    }


STAGE = Stage(__file__, __doc__, settings=InstanceSettings)
STAGE.index("the dataset's index", read_digests)
STAGE.input("model", "the affinities, trained by irn")
STAGE.input("maps", "shards of score maps (.h5)", nargs="+")
STAGE.option(
    "walk", "settings of the walk (beta, log_steps, radius) as JSON", type=parse_json, default={}
)
STAGE.option("split", "the split", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the instances of each photo (JSON)")

if __name__ == "__main__":
    STAGE.run(main)
