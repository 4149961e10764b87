"""Copy the result of the configured recipe from results/RECIPE/ to results/.

    python stages/copy_result.py --table results/seam/voc_val_miou.txt \\
        --json results/seam/voc_val_miou.json \\
        --table-out results/voc_val_miou.txt --json-out results/voc_val_miou.json
"""

from argparse import Namespace

from _project import Stage
from wsss.report.result import write_text
from wsss.run.files import require_file
from wsss.run.settings import Settings


def main(args: Namespace, settings: Settings) -> None:
    for source, target in ((args.table, args.table_out), (args.json, args.json_out)):
        write_text(target, require_file(source).read_text(encoding="utf-8"))


STAGE = Stage(__file__, __doc__)
STAGE.input("table", "the table of a recipe's result")
STAGE.input("json", "its JSON")
STAGE.output("table_out", "where the table goes")
STAGE.output("json_out", "where the JSON goes")

if __name__ == "__main__":
    STAGE.run(main)
