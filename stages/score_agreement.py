"""Describe a chain without true masks: what its stages cover, how confident they are, and whether
they agree.

    python stages/score_agreement.py --index index.json \\
        --artifacts cams=maps/0-of-1.h5 labels=labels/0-of-1 \\
        --out agreement.json --table agreement.txt
"""

from argparse import Namespace

from _project import Stage
from wsss.data.artifacts import readers
from wsss.data.index import Index, read_digests
from wsss.data.shards import show_progress
from wsss.report.result import write_text
from wsss.run.files import write_json
from wsss.run.settings import Settings
from wsss.score.agreement import agreement
from wsss.score.agreement_table import agreement_table


def main(args: Namespace, settings: Settings) -> None:
    index, stages = Index.load(args.index), readers(args.artifacts)
    photos = show_progress(index.split(args.split))
    made = ((p.id, {name: reader[p.id] for name, reader in stages.items()}) for p in photos)
    result = agreement(made, index.labels, {p.id: p.tags for p in index.split(args.split)})
    write_text(args.table, agreement_table(result))
    write_json(args.out, {"split": args.split, **result})


STAGE = Stage(__file__, __doc__)
STAGE.index("the dataset's index", read_digests)
STAGE.input(
    "artifacts",
    "STEP=SHARD: maps (.h5) and folders of labels, in the order of the chain",
    nargs="+",
)
STAGE.option("split", "the split", default="train")
STAGE.output("table", "the table")
STAGE.output("out", "the figures (JSON)")

if __name__ == "__main__":
    STAGE.run(main)
