"""Make saliency maps: the user's own (folder), by contrast, or by a trained network (learned).

The output is a folder for each shard, with an 8-bit grey PNG for each photo.

    python stages/export_saliency.py contrast --index index.json --out saliency
    python stages/export_saliency.py learned --model saliency.safetensors --index index.json \\
        --out saliency
"""

from argparse import Namespace

from _project import Stage
from wsss.data.images import write_grey
from wsss.data.index import Index, read_digests
from wsss.data.shards import parse_shard, photos_of
from wsss.nets.device import use_device
from wsss.nets.inference import inference_task
from wsss.run.errors import UserError
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.run.settings import Settings
from wsss.saliency.inputs import SaliencyInput
from wsss.saliency.photos import CLASSES
from wsss.saliency.registry import SALIENCY, SALIENCY_NETS


def main(args: Namespace, settings: Settings) -> None:
    index = Index.load(args.index, parse_shard(args.shard))
    device = use_device(args.device, args.threads)
    network, make = None, load(SALIENCY[args.method].code)
    if "model" in SALIENCY[args.method].reads:
        if args.model is None:
            raise UserError(f"saliency by '{args.method}' needs a network; give it with --model")
        network = inference_task(args.model, SALIENCY_NETS, CLASSES, device).network
    with atomic(args.out) as folder:
        folder.mkdir()
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            saliency = make(SaliencyInput(photo, pixels, network, device), settings)
            write_grey(folder / f"{photo.id}.png", saliency)


STAGE = Stage(__file__, __doc__, SALIENCY)
STAGE.index("the index of the photos", read_digests)
STAGE.input("model", "the saliency network, for learned", required=False)
STAGE.option("split", "the split whose photos get maps", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the folder of saliency maps, 8-bit grey, 255 salient")

if __name__ == "__main__":
    STAGE.run(main)
