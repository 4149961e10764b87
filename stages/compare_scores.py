"""Compare two results on the same photos: the difference of their mIoU, and its 95 % bootstrap
interval over photos.

    python stages/compare_scores.py --first A.json --second B.json --out difference.json

Beside a score A.json lie the counts of its photos, A.npz.
"""

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from _project import Stage
from wsss.run.artifacts import verify
from wsss.run.files import write_json
from wsss.run.settings import Settings
from wsss.score.bootstrap import Counts, compare_paired


def main(args: Namespace, settings: Settings) -> None:
    counts = [Path(path).with_suffix(".npz") for path in (args.first, args.second)]
    for path in counts:
        if path.is_file():
            verify(path)
    compared = compare_paired(*map(Counts.load, counts))
    low, high = compared.interval
    print(
        f"{compared.first:.2f} and {compared.second:.2f}: {compared.difference:+.2f}, "
        f"{low:+.2f} to {high:+.2f}: {compared.verdict}"
    )
    write_json(args.out, {**asdict(compared), "verdict": compared.verdict})


STAGE = Stage(__file__, __doc__)
STAGE.input("first", "a score (JSON)")
STAGE.input("second", "another score of the same split (JSON)")
STAGE.output("out", "the difference (JSON)")

if __name__ == "__main__":
    STAGE.run(main)
