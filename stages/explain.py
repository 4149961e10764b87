"""Explain why two artifacts, or two results, differ: the first step at which their lineages differ,
and what differs there.

    python stages/explain.py ours/labels/train/0-of-8 theirs/labels/train/0-of-8
    python stages/explain.py results/seam/voc_val_miou.json results/psa/voc_val_miou.json
"""

from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.report.difference import explain_difference
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> None:
    print(explain_difference(Path(args.first), Path(args.second)))


STAGE = Stage(__file__, __doc__)
STAGE.argument("first", "an artifact, or the JSON file of a result")
STAGE.argument("second", "the artifact or result to compare it with")

if __name__ == "__main__":
    STAGE.run(main)
