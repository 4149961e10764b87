"""Systems of every shape, over toy methods of a few lines: rounds, side inputs, a single stage,
strokes, scenes.

The kinds of their steps were never heard of by the program: they stand in the folder toys/, which
is laid on a copy of it.
"""

import json
import random
import re
import shutil
import subprocess
import sys
import time

import pytest

from tests.conftest import PROJECT, VOC
from tests.dag.conftest import checkpoints, kill, killed_when, resumed, snakemake
from tests.dag.test_kills import folders_of
from tests.dag.test_tiny import planned

pytestmark = pytest.mark.skipif(VOC is not None, reason="reads the files of the drawn dataset")
TOYS = PROJECT / "tests/dag/toys"
TARGET = "results/rounds/mini_val_miou.txt"
NET = "batch: 4, crop: 64, long_side: [64, 96], backbone: tf_efficientnet_lite0"
SMALL = [f"multitask={{epochs: 2, {NET}}}", f"online={{epochs: 1, {NET}}}", "checkpoint_steps=1"]


def lay_toys(project):
    """Add the toy methods, scripts, kinds, recipes and experiment to a copy of the project."""
    shutil.copytree(TOYS / "toys", project / "wsss/toys")
    for name in ("stages", "recipes", "experiments"):
        shutil.copytree(TOYS / name, project / name, dirs_exist_ok=True)
    with (project / "wsss/segment/registry.py").open("a") as registry:
        registry.write((TOYS / "segment_registry.txt").read_text())
    path = project / "wsss/plan/kinds.py"
    text = path.read_text()
    path.write_text(text.replace("KINDS = {", (TOYS / "kinds.txt").read_text() + "KINDS = {", 1))
    made = subprocess.run(
        [sys.executable, "-m", "wsss.plan.config"], cwd=project, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr


@pytest.fixture(scope="module")
def toys(done, tmp_path_factory):
    """The finished default run with the toys beside it, and the four rounds, of which the second
    was killed.
    """
    project = tmp_path_factory.mktemp("toys") / "project"
    shutil.copytree(done, project, symlinks=True)
    lay_toys(project)
    run, since = killed_when(project, TARGET, "multitask", 2, SMALL), time.time()
    before = checkpoints(project)
    kill(run, "group", random.Random(0))
    again = snakemake(project, "--", TARGET, config=SMALL)
    assert again.returncode == 0, again.stderr[-3000:]
    resumed(project, before, since)
    return project


def dry(project, *config, target=TARGET):
    return planned(project, *SMALL, *config, target=target)


def test_nothing_that_was_there_runs_again(toys):
    assert planned(toys) == {}


def test_a_killed_round_goes_on_and_all_rounds_are_there(toys):
    folders = folders_of(toys, "rounds")
    names = [f"round{n}.{name}" for n in (1, 2, 3, 4) for name in ("multitask", "spread", "labels")]
    assert list(folders) == ["saliency", "classifier", "cams", "labels", *names, "predict"]
    assert len(set(folders.values())) == len(folders) and dry(toys) == {}
    records = [
        json.loads((folders[f"round{n}.multitask"] / "model.safetensors.prov.json").read_text())
        for n in (1, 2, 3)
    ]
    assert [sorted(record["inputs"]) for record in records] == [
        ["labels", "saliency"],
        ["labels", "saliency", "start"],
        ["labels", "saliency", "start"],
    ]


def test_a_setting_of_the_second_round_reruns_it_and_later_ones(toys):
    jobs = dry(toys, "steps={round2.labels: {threshold: 0.4, background: constant}}")
    assert jobs["train_multitask"] == 2 and jobs["spread_maps"] == 4 and jobs["write_labels"] == 6
    assert not {"train_classifier", "export_cams", "export_saliency"} & set(jobs)
    jobs = dry(toys, "steps={round2.multitask: {lr: 0.02}}")
    assert jobs["train_multitask"] == 3


def test_a_chain_says_of_each_step_what_it_reads(toys):
    told = snakemake(toys, "--", "show_recipe", config=["recipe=rounds", *SMALL])
    assert told.returncode == 0
    part = told.stdout.split("round2.multitask")[1].split("round2.spread")[0]
    for line in (
        "reads labels (labels) of round1.labels",
        "reads saliency (saliency) of round1.spread",
        "reads start (segmentation) of round1.multitask",
    ):
        assert line in part


def test_unheard_of_kinds_are_in_result_report_cost_compare_and_experiments(toys):
    result = json.loads((toys / TARGET.replace(".txt", ".json")).read_text())
    assert {"round4.spread", "round4.spread.saliency", "round4.labels"} <= set(result["stages"])
    table = (toys / TARGET).read_text()
    assert (
        re.search(r"round3\.multitask +\d+\.\d", table)
        and "known of the training photos: tags" in table
    )
    targets = ["report/index.html", "mini_labels.txt", "mini_round2.labels.txt"]
    run = snakemake(
        toys,
        "--",
        *(f"results/rounds/{target}" for target in targets),
        "compare",
        "claims_toys",
        config=["compare=[rounds, default]", *SMALL],
    )
    assert run.returncode == 0, run.stderr[-3000:]
    page = (toys / "results/rounds/report/index.html").read_text()
    layers = json.loads(page.split('id="gallery">')[1].split("</script>")[0])["recipes"][0][
        "layers"
    ]["train"]
    assert {"round1.spread", "round1.spread.saliency", "round4.labels"} <= {
        layer["step"] for layer in layers
    }
    assert "round4.labels_train" in (toys / "results/compare/mini.csv").read_text().splitlines()[0]
    last, second = (
        json.loads((toys / f"results/rounds/mini_{name}.json").read_text())
        for name in ("labels", "round2.labels")
    )
    assert "round4.labels" in last["stages"] and "round3.labels" not in second["stages"]
    assert "third round" in (toys / "results/claims/mini_toys.md").read_text()


def test_unheard_of_kinds_are_verified_explained_and_cleaned(toys, tmp_path):
    folders = folders_of(toys, "rounds")
    told = snakemake(toys, "--", "verify", config=["recipe=rounds", *SMALL])
    assert told.returncode == 0 and re.search(r"round2\.spread +8 whole", told.stdout), (
        told.stdout
    )  # shards and scores
    pair = (
        folders["round1.multitask"] / "model.safetensors",
        folders["round1.spread"] / "maps/train/0-of-2.h5",
    )
    command = [sys.executable, str(toys / "stages/explain.py"), *map(str, pair)]
    why = subprocess.run(command, capture_output=True, text=True)
    assert why.returncode == 0 and "goes on with stages/spread.py mean" in why.stdout, (
        why.stdout + why.stderr
    )
    project = tmp_path / "project"
    shutil.copytree(toys, project, symlinks=True)
    cleaned = snakemake(project, "--", "clean", config=["recipe=rounds", *SMALL])
    assert cleaned.returncode == 0
    gone = {
        name
        for name, folder in folders.items()
        if not (project / folder.relative_to(toys)).exists()
    }
    only_here = {"round3.labels", "round4.multitask", "round4.spread", "round4.labels", "predict"}
    assert gone == only_here  # rows of the experiment reach the others


@pytest.mark.parametrize(
    ("recipe", "steps", "known"),
    [
        ("strokes", ["scribbled", "segmenter", "predict"], ["masks", "scribbles"]),
        ("single", ["online", "predict"], ["tags"]),
        (
            "boxes",
            [
                "round1.cloud",
                "round1.projected",
                "round1.segmenter",
                "round1.predict",
                "round2.cloud",
                "round2.projected",
                "round2.segmenter",
                "round2.predict",
            ],
            ["boxes", "depth"],
        ),
    ],
)
def test_other_shapes_run(toys, recipe, steps, known):
    run = snakemake(toys, "--", f"results/{recipe}/mini_val_miou.txt", config=SMALL)
    assert run.returncode == 0, run.stderr[-3000:]
    result = json.loads((toys / f"results/{recipe}/mini_val_miou.json").read_text())
    assert (
        list(folders_of(toys, recipe)) == steps
        and result["supervision"] == known
        and result["images"] == 6
    )
