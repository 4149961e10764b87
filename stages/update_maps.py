"""Update class maps and saliency by a network of several tasks: one HDF5 file of `cam` maps for
each shard, and a folder with an 8-bit grey PNG for each photo.

    python stages/update_maps.py cross_affinity --index index.json \\
        --model auxsegnet.safetensors --original saliency/*/ --out maps.h5 --saliency updated
"""

from argparse import Namespace

from _project import Stage
from wsss.data.images import write_grey
from wsss.data.index import Index, read_digests
from wsss.data.maps import map_writer
from wsss.data.shards import parse_shard, photos_of
from wsss.data.suspicion import MapWatch, note_seen
from wsss.multitask.registry import MULTITASKS, UPDATES
from wsss.multitask.update_input import UpdateInput
from wsss.nets.device import use_device
from wsss.nets.inference import inference_task
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.run.records import Json
from wsss.run.settings import Settings
from wsss.saliency.maps import SaliencyMaps


def main(args: Namespace, settings: Settings) -> Json:
    index = Index.load(args.index, parse_shard(args.shard))
    device = use_device(args.device, args.threads)
    network = inference_task(args.model, MULTITASKS, index.classes, device).network
    update, originals = load(UPDATES[args.method].code), SaliencyMaps(args.original)
    watch = MapWatch()
    with atomic(args.saliency) as folder, map_writer(args.out) as writer:
        folder.mkdir()
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            original = originals.read(photo.id, pixels.shape[:2])
            updated = update(UpdateInput(pixels, photo.tags, original, network, device), settings)
            writer.add(photo.id, updated.maps)
            watch.add(updated.maps)
            write_grey(folder / f"{photo.id}.png", updated.saliency)
    return note_seen(watch.seen())


STAGE = Stage(__file__, __doc__, UPDATES)
STAGE.index("the dataset's index", read_digests)
STAGE.input("model", "the network")
STAGE.input("original", "folders of the saliency maps from before any round", nargs="+")
STAGE.option("split", "the split whose photos are updated", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("saliency", "the folder of saliency maps, 8-bit grey, 255 salient")
STAGE.output("out", "the maps (.h5)")

if __name__ == "__main__":
    STAGE.run(main)
