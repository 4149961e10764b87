"""Check that every artifact of a recipe is unchanged since its stage wrote it. Prints which are out
of date, and the command that makes damaged ones again.

    python stages/verify.py --folders classifier=work/... cams=work/...
    snakemake verify                    the recipe of config.yaml; another: --config recipe=seam
"""

from argparse import Namespace

from _project import Stage
from wsss.report.integrity import WHOLE, find_states, integrity_text
from wsss.run.artifacts import remake
from wsss.run.errors import UserError
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> None:
    stale = dict(pair.split("=", 1) for pair in args.stale)
    steps = []
    bad = []
    for pair in args.folders:
        name, folder = pair.split("=", 1)
        states = find_states(folder, stale)
        steps.append((name, states))
        bad += [path for path, state in states.items() if state != WHOLE]
    print(integrity_text(steps, stale), end="", flush=True)
    if bad:
        raise UserError(f"{len(bad)} artifacts are not whole; remake exactly these: {remake(bad)}")


STAGE = Stage(__file__, __doc__)
STAGE.option("folders", "STEP=FOLDER: the folders of the steps", nargs="+", required=True)
STAGE.option("stale", "ARTIFACT=REASON: artifacts that are out of date", nargs="*", default=[])

if __name__ == "__main__":
    STAGE.run(main)
