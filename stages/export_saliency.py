"""Make saliency maps: the user's own (folder), by contrast, or by a trained network (learned). A folder of PNGs a shard.

    python stages/export_saliency.py contrast --index index.json --split train --out saliency
    python stages/export_saliency.py learned --model saliency.safetensors --index index.json --split train --out saliency
"""

from _house import Stage
from wsss.run.files import atomic
from wsss.data.images import write_grey
from wsss.data.index import Index
from wsss.data.shards import photos_of
from wsss.run.errors import UserError
from wsss.nets.inference import inference_task
from wsss.run.methods import load
from wsss.training.runtime import use_device
from wsss.saliency.making import Unseen
from wsss.saliency.photos import CLASSES
from wsss.saliency.registry import SALIENCY, SALIENCY_NETS


def main(args, settings):
    index, device = Index.load(args.index), use_device(args)
    network, make = None, load(SALIENCY[args.variant].code)
    if "model" in SALIENCY[args.variant].reads:
        if args.model is None:
            raise UserError(f"saliency by '{args.variant}' comes from a network; give it with --model")
        network = inference_task(args.model, SALIENCY_NETS, CLASSES, device).network
    with atomic(args.out) as folder:
        folder.mkdir()
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            write_grey(folder / f"{photo.id}.png", make(Unseen(photo, pixels, network, device), settings))


STAGE = Stage(__file__, __doc__, SALIENCY)
STAGE.input("index", "the index of the photos")
STAGE.input("model", "for learned: the saliency network", required=False)
STAGE.option("split", "the split to make maps of", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the folder of saliency maps, 8-bit grey, 255 salient")

if __name__ == "__main__":
    STAGE.run(main)
