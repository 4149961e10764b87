"""Compare recipes on the same dataset: mIoU by step, share of full supervision, minutes and memory,
as a table and as a picture.

    python stages/compare_recipes.py --recipes cam psa --steps cams \\
        --folders cam/cams=work/voc/... --scores cam/cams/train=train.json \\
        --csv compare.csv --table compare.md --picture compare.png
"""

from argparse import Namespace

from _project import Stage
from wsss.report.assembly import ReportArguments
from wsss.report.comparison import (
    compare_recipes,
    comparison_csv,
    comparison_figure,
    comparison_table,
)
from wsss.report.result import write_text
from wsss.run.files import atomic
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> None:
    arguments = ReportArguments(
        args.recipes, folders=args.folders, scores=args.scores, trained_on=args.trained_on
    )
    rows = compare_recipes(arguments.summaries(), args.full)
    steps = [name for name in args.steps if any(name in row.steps for row in rows)]
    write_text(args.csv, comparison_csv(rows, steps))
    write_text(args.table, comparison_table(rows, steps, args.dataset, args.split))
    with atomic(args.picture) as temporary:
        figure = comparison_figure(rows, f"{args.dataset} {args.split}")
        figure.savefig(temporary, format="png", dpi=120)


STAGE = Stage(__file__, __doc__)
STAGE.option("recipes", "names of the recipes, in their order", nargs="+", required=True)
STAGE.option("steps", "the steps in their order", nargs="+", required=True)
STAGE.option("folders", "RECIPE/STEP=FOLDER: the steps' folders", nargs="+", required=True)
STAGE.input("scores", "RECIPE/STEP/SPLIT=JSON: their scores", nargs="+")
STAGE.option(
    "trained_on", "RECIPE=STEP: the labels its network learned from", nargs="*", default=[]
)
STAGE.option("full", "name of the recipe that is full supervision", default="full")
STAGE.option("dataset", "name of the dataset, for the headings", default="")
STAGE.option("split", "the split that predictions are scored on", default="val")
STAGE.output("csv", "the table (CSV)")
STAGE.output("table", "the table (Markdown)")
STAGE.output("picture", "the picture (PNG)")

if __name__ == "__main__":
    STAGE.run(main)
