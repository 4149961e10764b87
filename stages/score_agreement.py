"""Describe a chain without true masks: how many pixels its steps label, how confident they are, and
whether consecutive steps agree.

    python stages/score_agreement.py --index index.json \\
        --artifacts cams=maps/0-of-1.h5 labels=labels/0-of-1 \\
        --out agreement.json --table agreement.txt
"""

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence

from _project import Stage
from wsss.data.artifacts import Artifact, readers
from wsss.data.index import Index, read_digests
from wsss.data.label_folder import LabelFolder
from wsss.data.maps import MapReader
from wsss.data.photo import Photo
from wsss.data.shards import show_progress
from wsss.report.result import write_text
from wsss.run.files import write_json
from wsss.run.settings import Settings
from wsss.score.agreement import agreement
from wsss.score.agreement_table import agreement_table


def main(args: Namespace, settings: Settings) -> None:
    index = Index.load(args.index)
    photos = index.split(args.split)
    tags = {photo.id: photo.tags for photo in photos}  # one that was not found is a disagreement
    artifacts = read_artifacts(photos, readers(args.artifacts))
    result = agreement(artifacts, index.labels, tags)
    write_text(args.table, agreement_table(result))
    write_json(args.out, {"split": args.split, **result})


def read_artifacts(
    photos: Sequence[Photo], steps: Mapping[str, MapReader | LabelFolder]
) -> Iterator[tuple[str, dict[str, Artifact]]]:
    """Each photo's id, and its artifact at every step."""
    for photo in show_progress(photos):
        yield photo.id, {step: reader[photo.id] for step, reader in steps.items()}


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
