"""Put a report into a single HTML file, its pictures inside, to send to somebody.

    python stages/pack_report.py --report results/default/report --out report.html
"""

from pathlib import Path

from _house import Stage
from wsss.report.page import packed
from wsss.report.report_settings import ReportSettings
from wsss.report.result import write_text


def main(args, settings):
    write_text(args.out, packed(Path(args.report), settings.single_file))


STAGE = Stage(__file__, __doc__, settings=ReportSettings)
STAGE.input("report", "the folder of a report")
STAGE.output("out", "the single file (HTML)")

if __name__ == "__main__":
    STAGE.run(main)
