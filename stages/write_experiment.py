"""Gather the scores of an experiment's rows: a table for people, JSON for programs.

    python stages/write_experiment.py --experiment experiments/seam.yaml \\
        --scores 0.0=classifier-val.json 0.0=train.json --table seam.md --json seam.json
"""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from _project import Stage
from wsss.data.artifacts import by_name
from wsss.nets.history import read_history
from wsss.plan.experiments import Experiment, read_experiment
from wsss.report.class_table import PerClass, class_rows, class_table
from wsss.report.experiment import columns_of, experiment_rows, experiment_table
from wsss.report.gains import ComparedRow, add_differences, add_gains, add_list
from wsss.report.recipes_table import chain_costs, recipe_keys, recipes_table
from wsss.report.result import write_text
from wsss.report.row_figures import FIGURES, Figures
from wsss.run.artifacts import read_object
from wsss.run.files import write_json
from wsss.run.settings import Settings
from wsss.score.bootstrap import Counts

RECIPE = "recipe"
"""the value of `beside` for whole recipes, whose table is of another form"""


def main(args: Namespace, settings: Settings) -> None:
    experiment = read_experiment(Path(args.experiment))
    names, compared = [row.name for row in experiment.rows], experiment.compared_with
    seeds, by_class = read_seeds(experiment, args.scores)
    lists = scores_by_list(args.list_scores)
    add_comparisons(experiment, args.scores, lists, seeds)
    classes, about, published = class_rows(names, by_class), experiment.about, experiment.published
    if experiment.beside == RECIPE:
        add_costs(seeds, args.trainings, args.folders)
        rows = experiment_rows(recipe_keys(compared), names, seeds)
        describe_rows(rows, experiment, args)
        table = recipes_table(about, published, compared, rows)
    else:
        columns = columns_of(experiment.beside, list(lists))
        rows = experiment_rows(columns, names, seeds)
        describe_rows(rows, experiment, args)
        table = experiment_table(columns, about, published, rows) + class_table(classes)
    result = {"about": about, "published": published, "rows": rows, "classes": classes}
    write_json(args.json, result)
    write_text(args.table, table)


def read_seeds(
    experiment: Experiment, scores: list[str]
) -> tuple[list[list[Figures]], list[list[PerClass]]]:
    """By row and seed the figures, and the IoU by class of scores against masks."""
    seeds: list[list[Figures]] = [[] for _ in experiment.rows]
    by_class: list[list[PerClass]] = [[] for _ in experiment.rows]
    for row_and_seed, paths in by_name(scores).items():
        row, read = int(row_and_seed.partition(".")[0]), [read_artifact(path) for path in paths]
        seeds[row].append(FIGURES[experiment.beside](*read))
        if "confusion" in read[-1]:  # else it is no score against masks
            by_class[row].append(read[-1]["per_class"])
    return seeds, by_class


def scores_by_list(list_scores: list[str]) -> dict[str, list[str]]:
    """List -> its scores as ROW.SEED=PATH, from ROW.SEED.LIST=PATH."""
    found: dict[str, list[str]] = {}
    for label, paths in by_name(list_scores).items():
        row_and_seed, _, name = label.rpartition(".")
        found.setdefault(name, []).extend(f"{row_and_seed}={path}" for path in paths)
    return found


def add_comparisons(
    experiment: Experiment,
    scores: list[str],
    lists: Mapping[str, list[str]],
    seeds: list[list[Figures]],
) -> None:
    """Add to the figures of all seeds those beside other rows, and those on lists of photos."""
    if experiment.beside in ("foreground", RECIPE):
        rows = compared_rows(experiment, scores, seeds)
        add_gains(rows)
        for name in experiment.compared_with:
            add_differences(rows, name)
    for name, of_list in lists.items():
        add_list(compared_rows(experiment, of_list, seeds), name)


def add_costs(seeds: list[list[Figures]], trainings: list[str], folders: list[str]) -> None:
    """Add to the figures of all seeds what their chains cost; `trainings` is ROW=COUNT, `folders`
    ROW.SEED=FOLDER of every step.
    """
    counts = {row: int(count) for row, (count, *_) in by_name(trainings).items()}
    for row_and_seed, found in by_name(folders).items():
        row, _, seed = row_and_seed.partition(".")
        seeds[int(row)][int(seed)].update(chain_costs(counts[row], found))


def describe_rows(rows: list[dict[str, Any]], experiment: Experiment, args: Namespace) -> None:
    """Add to the rows what to give to those that were not run. To whole recipes add what they are,
    what people had to know, the published figure, and the row with full supervision.
    """
    for number, (what, *_) in by_name(args.left_out).items():
        rows[int(number)]["left_out"] = what
    if experiment.beside != RECIPE:
        return
    for key, pairs in (("recipe", args.recipes), ("known", args.known)):
        words = by_name(pairs)
        for index, row in enumerate(rows):
            row[key] = words.get(str(index), [""])[0]
    for row, given in zip(rows, experiment.rows):
        row |= {"published": given.published, "ceiling": given.ceiling}


def compared_rows(
    experiment: Experiment, scores: list[str], seeds: list[list[Figures]]
) -> list[ComparedRow]:
    """The rows with their figures and the counts that lie beside their scores."""
    counts: list[list[Counts]] = [[] for _ in experiment.rows]
    for row_and_seed, paths in by_name(scores).items():
        row = int(row_and_seed.partition(".")[0])
        counts[row].append(Counts.load(Path(paths[-1]).with_suffix(".npz")))
    return [
        ComparedRow(row.name, row.against, row.ceiling, of_seeds, of_counts)
        for row, of_seeds, of_counts in zip(experiment.rows, seeds, counts)
    ]


def read_artifact(path: str) -> dict[str, Any]:
    """What a path says: a JSON file; of a model its JSON and its history; of a folder of labels the
    note on its run, and the number of its `photos`.
    """
    if Path(path).is_dir():
        return {
            **read_object(f"{path}.run.json"),
            "photos": len(list(Path(path).glob("*.png"))),
        }
    if path.endswith(".safetensors"):
        return {
            **read_object(f"{path}.json"),
            "history": read_history(path),
        }
    return read_object(path)


STAGE = Stage(__file__, __doc__)
STAGE.input("experiment", "the experiment (YAML)")
STAGE.input(
    "scores",
    "ROW.SEED=PATH: for a row and seed what is shown beside its score (a classifier's score, a "
    "model, or the step's artifacts), then its score",
    nargs="+",
)
STAGE.input(
    "list_scores",
    "ROW.SEED.LIST=PATH: for a row and seed the score on a list of photos",
    nargs="*",
    default=[],
    required=False,
)
STAGE.option("left_out", "ROW=WORDS: what to give so that a row is run", nargs="*", default=[])
STAGE.option("recipes", "ROW=LINE: what its recipe is", nargs="*", default=[])
STAGE.option("known", "ROW=WORDS: what people had to know of the photos", nargs="*", default=[])
STAGE.option("trainings", "ROW=COUNT: the trainings of a whole recipe", nargs="*", default=[])
STAGE.option(
    "folders", "ROW.SEED=FOLDER: the folders of its steps, for its costs", nargs="*", default=[]
)
STAGE.output("table", "the table (Markdown)")
STAGE.output("json", "the JSON")

if __name__ == "__main__":
    STAGE.run(main)
