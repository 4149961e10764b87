"""Check that every artifact of a recipe is what its stage wrote. Prints how to remake damaged
artifacts, and which are out of date.

    python stages/verify.py --folders classifier=work/... cams=work/...
    snakemake verify                    the configured recipe; another: --config recipe=seam
"""

from argparse import Namespace

from _project import Stage
from wsss.report.integrity import WHOLE, find_states, integrity_text
from wsss.run.artifacts import remake
from wsss.run.errors import UserError
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> None:
    stale = dict(pair.split("=", 1) for pair in args.stale)
    steps = [
        (name, find_states(folder, stale))
        for name, folder in (pair.split("=", 1) for pair in args.folders)
    ]
    print(integrity_text(steps, stale), end="", flush=True)
    bad = [path for _, found in steps for path, state in found.items() if state != WHOLE]
    if bad:
        raise UserError(f"{len(bad)} artifacts are not whole; remake exactly these: {remake(bad)}")


STAGE = Stage(__file__, __doc__)
STAGE.option("folders", "STEP=FOLDER: the steps", nargs="+", required=True)
STAGE.option("stale", "ARTIFACT=REASON: those that would be made again", nargs="*", default=[])

if __name__ == "__main__":
    STAGE.run(main)
