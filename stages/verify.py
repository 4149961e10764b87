"""Check that every artifact of a chain is what its stage wrote; tells what is damaged and how to remake it.

    python stages/verify.py --folders classifier=work/... cams=work/...
    snakemake verify                    the configured recipe; another: --config recipe=seam
"""

from _house import Stage
from wsss.run.errors import UserError
from wsss.run.provenance import remake
from wsss.report.integrity import integrity_text, states


def main(args, settings):
    levels = [(level, states(folder)) for level, folder in (pair.split("=", 1) for pair in args.folders)]
    print(integrity_text(levels), end="", flush=True)
    bad = [path for _, found in levels for path, state in found.items() if state != "whole"]
    if bad:
        raise UserError(f"{len(bad)} artifacts are not whole; remake exactly these: {remake(bad)}")


STAGE = Stage(__file__, __doc__)
STAGE.option("folders", "LEVEL=FOLDER: the stages", nargs="+", required=True)

if __name__ == "__main__":
    STAGE.run(main)
