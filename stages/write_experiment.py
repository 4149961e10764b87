"""Gather the scores of an experiment's rows: a table for people, JSON for programs.

    python stages/write_experiment.py --experiment experiments/seam.yaml --scores 0=classifier-val.json,train.json \\
        --table seam.md --json seam.json
"""

import json
from pathlib import Path

from _house import Stage
from wsss.run.files import write_json
from wsss.plan.experiments import read_experiment
from wsss.report.experiment import FIGURES, experiment_rows, experiment_table
from wsss.report.result import write_text


def main(args, settings):
    experiment = read_experiment(Path(args.experiment))
    seeds = [[] for _ in experiment.rows]
    for pair in args.scores:
        row, _, paths = pair.partition("=")
        seeds[int(row)].append(FIGURES[experiment.beside](*(read_json(path) for path in paths.split(","))))
    rows = experiment_rows(experiment.beside, [row.name for row in experiment.rows], seeds)
    write_json(args.json, {"about": experiment.about, "published": experiment.published, "rows": rows})
    write_text(args.table, experiment_table(experiment.beside, experiment.about, experiment.published, rows))


def read_json(path):
    """A JSON file; of a model what is beside it, of a folder of labels what its making took and for how many photos."""
    if Path(path).is_dir():
        return {**json.loads(Path(f"{path}.run.json").read_text()), "photos": len(list(Path(path).glob("*.png")))}
    return json.loads(Path(f"{path}.json" if path.endswith(".safetensors") else path).read_text())


STAGE = Stage(__file__, __doc__)
STAGE.input("experiment", "the experiment (YAML)")
STAGE.input("scores", "ROW=BESIDE[,SCORE]: for a row and seed what stands beside its score (a classifier's score, a "
             "model, or the stage's artifacts), and its score", nargs="+")
STAGE.output("table", "the table (Markdown)")
STAGE.output("json", "the JSON")

if __name__ == "__main__":
    STAGE.run(main)
