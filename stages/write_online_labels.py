"""Write the labels that a trained single-stage network makes of photos, as it did while it trained:
a folder of palette PNGs for each shard, and an HDF5 file of the class maps that they are made of.

    python stages/write_online_labels.py rrm --index index.json --model rrm.safetensors \\
        --out labels --maps maps.h5
"""

from argparse import Namespace

from _project import Stage
from wsss.data.images import write_labels
from wsss.data.index import Index, read_digests
from wsss.data.maps import map_writer
from wsss.data.shards import parse_shard, photos_of
from wsss.data.suspicion import LabelWatch, note_seen
from wsss.nets.device import use_device
from wsss.nets.inference import inference_task
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.run.records import Json
from wsss.run.settings import Settings
from wsss.segment.registry import ONLINE_LABELLERS, SEGMENTERS


def main(args: Namespace, settings: Settings) -> Json:
    index = Index.load(args.index, parse_shard(args.shard))
    device = use_device(args.device, args.threads)
    online = {name: SEGMENTERS[name] for name in ONLINE_LABELLERS}
    task = inference_task(args.model, online, index.classes, device)
    label, watch = load(ONLINE_LABELLERS[args.method].code), LabelWatch(index.labels)
    with atomic(args.out) as folder, map_writer(args.maps) as writer:
        folder.mkdir()
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            made = label(task, pixels, photo.tags, settings, device)
            writer.add(photo.id, made.maps)
            write_labels(folder / f"{photo.id}.png", made.labels)
            watch.add(made.labels)
    return note_seen(watch.seen())


STAGE = Stage(__file__, __doc__, ONLINE_LABELLERS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("model", "the network")
STAGE.option("split", "the split whose photos are labelled", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("maps", "the class maps (.h5)")
STAGE.output("out", "the folder of labels")

if __name__ == "__main__":
    STAGE.run(main)
