"""Gather a recipe's scores: a table for people, JSON for programs, and the folders of its steps.

    python stages/write_result.py --recipe seam --dataset voc --split val --score val.json \\
        --stages cams=a.json labels=b.json --folders classifier=work/... \\
        --table voc_val_miou.txt --json voc_val_miou.json --chain chain.txt
"""

from argparse import Namespace

from _project import Stage
from wsss.report.check import tag_lines
from wsss.report.cost import corrections_of, warnings_of
from wsss.report.result import read_scores, result_json, result_table, width_of, write_text
from wsss.run.artifacts import read_object
from wsss.run.files import write_json
from wsss.run.settings import Settings
from wsss.score.agreement_table import agreement_table


def main(args: Namespace, settings: Settings) -> None:
    folders = dict(pair.split("=", 1) for pair in args.folders)
    steps = read_scores(pair.split("=", 1) for pair in args.stages)
    score = read_object(args.score)
    agreement = read_object(args.agreement, ("stages",)) if args.agreement else None
    head = {
        "recipe": args.recipe,
        "dataset": args.dataset,
        "split": args.split,
        "of": args.of,
        "trained_on": args.trained_on,
        "supervision": [*args.supervision, *corrections_of(folders)],
    }
    result, table = result_json(head, score, steps), result_table(head, score, steps, folders)
    warnings = warnings_of(folders)
    if warnings:
        result["warnings"] = warnings
    if agreement:
        result["agreement"] = agreement["stages"]
        table += f"\nWithout masks\n{agreement_table(agreement)}"
    if args.check:
        check = read_object(args.check, ("tags", "exported"))
        result["tags_found"] = {**check["tags"], "exported": check["exported"]}
        table += "".join(f"{line}\n" for line in ["", *tag_lines(check)])
    width = width_of(folders)
    write_json(args.json, result)
    write_text(args.chain, "".join(f"{name:<{width}} {path}\n" for name, path in folders.items()))
    write_text(args.table, table)


STAGE = Stage(__file__, __doc__)
STAGE.option("recipe", "name of the recipe", required=True)
STAGE.option("dataset", "name of the dataset", required=True)
STAGE.option("split", "the split that was scored", required=True)
STAGE.option("of", "what was scored: predictions, or the name of a step", default="predictions")
STAGE.option("trained_on", "the step whose labels trained the network that predicts")
STAGE.option("supervision", "what people had to know of the training photos", nargs="*", default=[])
STAGE.input("score", "the score of the recipe or step (JSON)")
STAGE.input(
    "stages", "STEP=FILE: scores of the steps on train", nargs="*", default=[], required=False
)
STAGE.option("folders", "STEP=FOLDER: where each step's artifacts are", nargs="*", default=[])
STAGE.input("agreement", "agreement between steps (JSON), to be shown too", required=False)
STAGE.input("check", "the check of the masks (JSON), where no mask scores them", required=False)
STAGE.output("table", "the table")
STAGE.output("json", "the JSON")
STAGE.output("chain", "the list of folders")

if __name__ == "__main__":
    STAGE.run(main)
