"""Pack a report into a single HTML file, with its pictures inside, to send it to somebody.

    python stages/pack_report.py --page results/default/report/index.html \\
        --pictures results/default/report/pictures --out report.html
"""

from argparse import Namespace
from pathlib import Path

from _project import Stage
from wsss.report.page import pack_page
from wsss.report.report_settings import ReportSettings
from wsss.report.result import write_text


def main(args: Namespace, settings: ReportSettings) -> None:
    write_text(args.out, pack_page(Path(args.page).parent, settings.single_file))


STAGE = Stage(__file__, __doc__, settings=ReportSettings)
STAGE.input("page", "the page of a report (index.html)")
STAGE.input("pictures", "its pictures, beside it")
STAGE.output("out", "the single file (HTML)")

if __name__ == "__main__":
    STAGE.run(main)
