"""Write pseudo-labels from score maps (crf, par, argmax) or labels from true masks (truth): one
folder of palette PNGs for each shard.

    python stages/write_labels.py crf --index index.json --maps maps/*.h5 --split train --out labels
    python stages/write_labels.py truth --index index.json --split train --out labels
"""

from argparse import Namespace

from _project import Stage
from wsss.data.images import write_grey, write_labels
from wsss.data.index import Index, read_digests
from wsss.data.maps import MapReader
from wsss.data.shards import parse_shard, photos_of
from wsss.labels.account import Account
from wsss.labels.registry import LABELLERS
from wsss.labels.settings import LabelSettings
from wsss.run.errors import UserError
from wsss.run.files import atomic
from wsss.run.methods import load
from wsss.saliency.maps import SaliencyMaps


def main(args: Namespace, settings: LabelSettings) -> None:
    index = Index.load(args.index, parse_shard(args.shard))
    label = load(LABELLERS[args.method].code)
    if "maps" in LABELLERS[args.method].reads and not args.maps:
        raise UserError(f"labels by {args.method} are made from score maps; give them with --maps")
    maps = MapReader(args.maps)
    saliency = SaliencyMaps(args.saliency) if args.saliency else None
    if getattr(settings, "background", None) == "saliency" and saliency is None:
        raise UserError("background saliency needs saliency maps; give them with --saliency")
    account = Account()
    with atomic(args.out) as folder:
        folder.mkdir(parents=True)
        if getattr(settings, "confidence", False):
            (folder / "confidence").mkdir()
            (folder / "second").mkdir()
        for photo, pixels in photos_of(index, args.split, args.shard, args.out):
            name = f"{photo.id}.png"
            if args.method == "truth":
                labels, classes = label(index, photo), photo.tags
            else:
                item = maps[photo.id]
                saliency_map = saliency.read(photo.id, pixels.shape[:2]) if saliency else None
                labelled = label(pixels, item, settings, saliency_map)
                labels, classes = labelled.labels, tuple(item.labels[item.labels > 0])
                if settings.confidence:
                    write_grey(folder / "confidence" / name, labelled.confidence)
                    write_labels(folder / "second" / name, labelled.second)
            write_labels(folder / name, labels)
            account.add(photo.id, labels, classes)
    print(account.text(), end="", flush=True)


STAGE = Stage(__file__, __doc__, LABELLERS)
STAGE.index("the dataset's index", read_digests)
STAGE.input("maps", "shards of score maps (.h5)", nargs="*", required=False, default=[])
STAGE.input(
    "saliency",
    "folders of saliency maps, for background: saliency",
    nargs="*",
    required=False,
    default=[],
)
STAGE.option("split", "the split", default="train")
STAGE.option("shard", "k/n: only shard k of n")
STAGE.output("out", "the folder of labels")

if __name__ == "__main__":
    STAGE.run(main)
