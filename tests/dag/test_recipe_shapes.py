"""Recipes of every shape, over toy methods of a few lines: rounds, side inputs, a single stage,
strokes, scenes.

The kinds of their steps are not the program's: they stand in the folder toys/, which is added to a
copy of it.
"""

import random
import re
import subprocess
import sys
import time

import pytest

from tests.conftest import VOC
from tests.dag.kills import check_resumed, find_checkpoints, kill, run_until_checkpoints
from tests.dag.runs import (
    copy_run,
    make,
    plan_jobs,
    read_gallery,
    read_json,
    read_result,
    run_snakemake,
    step_folders,
)
from tests.dag.toy_methods import SMALL, add_toys

pytestmark = pytest.mark.skipif(VOC is not None, reason="reads the files of the synthetic dataset")
TARGET = "results/rounds/mini_val_miou.txt"
BOXES_ROUND = ("stacked", "projected", "segmenter", "predict")


@pytest.fixture(scope="module")
def toys_run(finished_run, tmp_path_factory):
    """The finished default run with the toys beside it, and the four rounds, of which the second
    was killed; to be read only.
    """
    project = copy_run(finished_run, tmp_path_factory.mktemp("toys") / "project")
    add_toys(project)
    run, since = run_until_checkpoints(project, TARGET, "tasks", 2, SMALL), time.time()
    before = find_checkpoints(project)
    kill(run, "group", random.Random(0))
    make(project, TARGET, config=SMALL)
    check_resumed(project, before, since)
    return project


@pytest.fixture
def toys(toys_run, tmp_path):
    """The test's own copy of the run with the toys."""
    return copy_run(toys_run, tmp_path / "project")


def plan_rounds(project, *config):
    """Rule -> number of jobs for the recipe of four rounds."""
    return plan_jobs(project, *SMALL, *config, target=TARGET)


def test_added_kinds_rerun_nothing_of_the_default_chain(toys):
    assert plan_jobs(toys) == {}


def test_killed_rounds_are_finished_with_all_their_steps(toys):
    folders = step_folders(toys, "rounds")
    names = [f"round{n}.{name}" for n in (1, 2, 3, 4) for name in ("tasks", "spread", "labels")]
    assert list(folders) == ["saliency", "classifier", "cams", "labels", *names, "predict"]
    assert len(set(folders.values())) == len(folders) and plan_rounds(toys) == {}


def test_later_rounds_start_from_the_model_of_the_round_before(toys_run):
    folders = step_folders(toys_run, "rounds")
    for n in (1, 2, 3):
        record = read_json(folders[f"round{n}.tasks"] / "model.safetensors.prov.json")
        start = ["start"] if n > 1 else []
        assert sorted(record["inputs"]) == ["labels", "saliency", *start]


def test_setting_of_the_second_round_reruns_it_and_later_ones(toys):
    jobs = plan_rounds(toys, "steps={round2.labels: {threshold: 0.4, background: constant}}")
    assert jobs["train_tasks"] == 2 and jobs["spread_maps"] == 4 and jobs["write_labels"] == 6
    assert not {"train_classifier", "export_cams", "export_saliency"} & set(jobs)
    jobs = plan_rounds(toys, "steps={round2.tasks: {lr: 0.02}}")
    assert jobs["train_tasks"] == 3


def test_show_recipe_names_the_inputs_of_every_step(toys):
    run = run_snakemake(toys, "--", "show_recipe", config=["recipe=rounds", *SMALL])
    assert run.returncode == 0
    part = run.stdout.split("round2.tasks")[1].split("round2.spread")[0]
    for line in (
        "reads labels (labels) of round1.labels",
        "reads saliency (saliency) of round1.spread",
        "reads start (segmentation) of round1.tasks",
    ):
        assert line in part


def test_added_kinds_are_scored_and_timed_in_the_result(toys_run):
    result = read_result(toys_run, "rounds")
    assert {"round4.spread", "round4.spread.saliency", "round4.labels"} <= set(result["stages"])
    table = (toys_run / TARGET).read_text()
    assert re.search(r"round3\.tasks +\d+\.\d", table)
    assert "known of the training photos: tags" in table


@pytest.fixture(scope="module")
def toys_results(toys_run, tmp_path_factory):
    """A copy of the run with the toys and all results that there are of it; to be read only."""
    project = copy_run(toys_run, tmp_path_factory.mktemp("toys_results") / "project")
    names = ("report/index.html", "mini_labels.txt", "mini_round2.labels.txt")
    targets = [f"results/rounds/{name}" for name in names]
    config = ["compare=[rounds, default]", *SMALL]
    make(project, *targets, "compare", "claims_toys", config=config)
    return project


def test_report_shows_added_kinds(toys_results):
    gallery = read_gallery(toys_results / "results/rounds/report/index.html")
    layers = gallery["recipes"][0]["layers"]["train"]
    steps = {layer["step"] for layer in layers}
    assert {"round1.spread", "round1.spread.saliency", "round4.labels"} <= steps


def test_comparison_and_step_results_have_columns_of_rounds(toys_results):
    head = (toys_results / "results/compare/mini.csv").read_text().splitlines()[0]
    assert "round4.labels_train" in head
    assert "round4.labels" in read_result(toys_results, "rounds", "labels")["stages"]
    second = read_result(toys_results, "rounds", "round2.labels")
    assert "round3.labels" not in second["stages"]


def test_experiment_of_added_kinds_is_a_table(toys_results):
    assert "third round" in (toys_results / "results/claims/mini_toys.md").read_text()


def test_added_kinds_are_verified(toys):
    run = run_snakemake(toys, "--", "verify", config=["recipe=rounds", *SMALL])
    assert run.returncode == 0, run.stdout
    assert re.search(r"round2\.spread +8 whole", run.stdout), run.stdout  # shards and scores


def test_added_kinds_are_explained(toys):
    folders = step_folders(toys, "rounds")
    model = folders["round1.tasks"] / "model.safetensors"
    maps = folders["round1.spread"] / "maps/train/0-of-2.h5"
    command = [sys.executable, str(toys / "stages/explain.py"), str(model), str(maps)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "goes on with stages/spread.py mean" in run.stdout


def test_clean_removes_only_what_no_other_recipe_or_experiment_reads(toys):
    folders = step_folders(toys, "rounds")
    make(toys, "clean", config=["recipe=rounds", *SMALL])
    gone = {name for name, folder in folders.items() if not folder.exists()}
    # rows of the experiment reach the others
    assert gone == {
        "round3.labels",
        "round4.tasks",
        "round4.spread",
        "round4.labels",
        "predict",
    }


@pytest.mark.parametrize(
    ("recipe", "steps", "supervision"),
    [
        ("strokes", ["scribbled", "segmenter", "predict"], ["masks", "scribbles"]),
        ("single", ["online", "predict"], ["tags"]),
        (
            "projected",
            [f"round{n}.{name}" for n in (1, 2) for name in BOXES_ROUND],
            ["boxes", "depth"],
        ),
    ],
)
def test_recipe_of_another_shape_runs(toys, recipe, steps, supervision):
    make(toys, f"results/{recipe}/mini_val_miou.txt", config=SMALL)
    result = read_result(toys, recipe)
    assert list(step_folders(toys, recipe)) == steps
    assert result["supervision"] == supervision and result["images"] == 6
