"""Score the maps, seeds, labels, predictions or saliency maps of a split against its true masks or
against other labels, as JSON.

    python stages/score.py --what labels --index index.json --split val --artifact pred/*/ \\
        --out score.json
    python stages/score.py --what maps --index index.json --split train --artifact maps/*.h5 \\
        --out score.json
    python stages/score.py --what maps --index index.json --split train --artifact maps/*.h5 \\
        --truth confident/*/ --out s.json
"""

from argparse import Namespace

from _project import Stage
from wsss.data.index import Index, read_digests
from wsss.data.label_folder import LabelFolder
from wsss.data.maps import MapReader
from wsss.data.shards import show_progress
from wsss.run.errors import UserError
from wsss.run.files import write_json
from wsss.run.settings import Settings
from wsss.saliency.maps import SaliencyMaps
from wsss.score.bootstrap import Counts
from wsss.score.saliency import score_saliency
from wsss.score.split import read_truths, score_labels, score_maps


def main(args: Namespace, settings: Settings) -> None:
    index = Index.load(args.index)
    if args.truth and args.where_known:
        raise UserError(
            "--where-known leaves out photos without masks, and --truth needs no masks; leave one "
            "of them out"
        )
    photos = index.split(args.split)
    if args.where_known:
        photos = [photo for photo in photos if photo.mask]
    truth = LabelFolder(args.truth) if args.truth else None
    pairs = read_truths(index, show_progress(photos), truth)
    if args.what == "maps":
        result, counts = score_maps(MapReader(args.artifact), pairs, index.labels)
    elif args.what == "saliency":
        result, counts = score_saliency(SaliencyMaps(args.artifact), pairs), Counts.of({}, 0)
    else:
        result, counts = score_labels(LabelFolder(args.artifact), pairs, index.labels)
    if args.counts:
        counts.save(args.counts)
    write_json(args.out, {"what": args.what, "split": args.split, "images": len(photos), **result})


STAGE = Stage(__file__, __doc__)
STAGE.option(
    "what", "what the artifact is", choices=["maps", "seeds", "labels", "saliency"], required=True
)
STAGE.index("the dataset's index", read_digests, reads=("mask",))
STAGE.option("split", "the split to score", default="val")
STAGE.option(
    "where_known", "leave out photos without a mask instead of failing", action="store_true"
)
STAGE.input(
    "truth",
    "folders of label maps to score against instead of the masks; 255 in them is not scored",
    nargs="+",
    required=False,
)
STAGE.input("artifact", "shards of maps (.h5), or folders of label or saliency PNGs", nargs="+")
STAGE.output(
    "counts", "where to write each photo's counts, for comparing two results (npz)", required=False
)
STAGE.output("out", "the score (JSON)")

if __name__ == "__main__":
    STAGE.run(main)
