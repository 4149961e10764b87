"""Plot how right the supervision of a network trained on seeds, or on labels that it makes itself,
was in each epoch: a picture, and the figures as CSV.

    python stages/draw_supervision.py --model dsrg.safetensors --picture supervision.png \\
        --table supervision.csv
"""

from argparse import Namespace

from _project import Stage
from wsss.nets.history import read_history
from wsss.report.result import write_text
from wsss.report.supervision import supervision_csv, supervision_figure
from wsss.run.artifacts import read_object
from wsss.run.errors import UserError
from wsss.run.files import atomic
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> None:
    about = read_object(f"{args.model}.json")
    history = read_history(args.model)
    if not history or "supervised" not in history[0]:
        raise UserError(
            f"model {args.model} was trained neither on seeds nor on labels of its own, so it has "
            "no supervision to draw; name a model of a step `grow`, or of a single stage"
        )
    write_text(args.table, supervision_csv(history))
    with atomic(args.picture) as temporary:
        supervision_figure(history, f"what supervised {about['method']}").savefig(
            temporary, format="png", dpi=120
        )


STAGE = Stage(__file__, __doc__)
STAGE.input("model", "a network trained on seeds, or by a single stage")
STAGE.output("picture", "the picture (PNG)")
STAGE.output("table", "the figures (CSV)")

if __name__ == "__main__":
    STAGE.run(main)
