"""Score the photos of a list from the counts of a split that was scored before, as JSON. No photo
is read or predicted again.

    python stages/score_list.py --name val160 --score predictions-val.json \\
        --counts predictions-val.npz --list val160.txt \\
        --out predictions-val-val160.json --out-counts predictions-val-val160.npz
"""

from argparse import Namespace

from _project import Stage
from wsss.brought.photo_list import read_photo_list
from wsss.run.artifacts import read_object
from wsss.run.errors import UserError
from wsss.run.files import write_json
from wsss.run.settings import Settings
from wsss.score.bootstrap import Counts
from wsss.score.photo_list import score_counts, select_photos


def main(args: Namespace, settings: Settings) -> None:
    score = read_object(args.score, ("what", "split", "images", "per_class"))
    counts, labels = Counts.load(args.counts), tuple(score["per_class"] or ())
    if (len(counts.ids), counts.pixels.shape[-1]) != (score["images"], len(labels)):
        raise UserError(
            f"counts {args.counts} are not those of score {args.score}; name the score and the "
            "counts that one run wrote"
        )
    chosen = select_photos(counts, read_photo_list(args.list), args.list)
    if args.out_counts:
        chosen.save(args.out_counts)
    head = {
        "what": score["what"],
        "split": args.name,
        "part_of": {"split": score["split"], "images": score["images"]},
        "images": len(chosen.ids),
    }
    write_json(args.out, {**head, **score_counts(chosen, labels)})


STAGE = Stage(__file__, __doc__)
STAGE.option("name", "the name of the list", required=True)
STAGE.input("score", "the score of the split (JSON)")
STAGE.input("counts", "the counts of its photos (npz)")
STAGE.input("list", "the list: a text file with one photo id on each line")
STAGE.output("out_counts", "where to write the counts of the listed photos (npz)", required=False)
STAGE.output("out", "the score of the list (JSON)")

if __name__ == "__main__":
    STAGE.run(main)
