"""Results besides the score of the segmentation network: maps, labels, other recipes, reports and
comparisons.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import VOC
from tests.dag.runs import (
    TARGET,
    copy_run,
    make,
    plan_jobs,
    read_gallery,
    read_jobs,
    read_json,
    read_result,
    run_snakemake,
)
from wsss.datasets.mini import draw_scene
from wsss.datasets.mini_settings import MiniSettings

pytestmark = pytest.mark.skipif(VOC is not None, reason="reads the files of the synthetic dataset")
SALIENCY_PHOTOS = "saliency_photos={photos: other/photos, masks: other/masks}"


def draw_saliency_photos(project):
    """Photos with saliency masks that are not of the dataset, and `twin`, a copy of one that is."""
    photos, masks = project / "other/photos", project / "other/masks"
    photos.mkdir(parents=True)
    masks.mkdir()
    settings = MiniSettings(width=96, height=72)
    for k in range(7):
        scene = draw_scene(np.random.default_rng([99, k]), settings, first=k % 6)
        Image.fromarray(scene.photo).save(photos / f"s{k}.jpg")
        Image.fromarray(np.uint8(scene.mask > 0) * 255).save(masks / f"s{k}.png")
    twin = next(project.glob("work/mini-*/photos/JPEGImages/val_0000.jpg"))
    shutil.copy(twin, photos / "twin.jpg")
    shutil.copy(masks / "s0.png", masks / "twin.png")


@pytest.fixture(scope="module")
def seed_networks_run(finished_run, tmp_path_factory):
    """The finished run and, beside it, networks trained on seeds with saliency; to be read only."""
    project = copy_run(finished_run, tmp_path_factory.mktemp("seed_networks") / "project")
    draw_saliency_photos(project)
    targets = (
        "results/sec/mini_val_miou.txt",
        "results/dsrg_saliency/mini_labels.txt",
        "results/dsrg_saliency/mini_supervision.csv",
    )
    make(project, *targets, config=[SALIENCY_PHOTOS])
    return project


def test_maps_are_scored_without_training_a_segmentation_network(project):
    make(project, "results/default/mini_cams.txt", "results/default/mini_walk.json")
    result = read_result(project, "default", "cams")
    assert result["of"] == "cams" and list(result["stages"]) == ["cams"]
    assert result["supervision"] == ["tags"]
    assert list(read_result(project, "default", "walk")["stages"])[-1] == "walk"


def test_misspelled_step_is_answered_by_the_nearest_name(project):
    run = run_snakemake(project, "-n", "--", "results/default/mini_wlak.txt")
    assert run.returncode == 1 and "did you mean 'walk'" in run.stderr


def test_target_that_no_rule_makes_is_answered_by_the_nearest_one(project):
    run = run_snakemake(project, "-n", "--", "results/sece/mini_val_miou.txt")
    assert run.returncode == 1 and "did you mean 'results/sec/mini_val_miou.txt'" in run.stderr


def test_an_edited_list_of_photos_is_scored_again_and_nothing_else(project):
    few, target = project / "few.txt", "results/default/mini_few_miou.txt"
    config = ["lists={few: few.txt}"]
    few.write_text("val_0003\nval_0001\n")
    assert plan_jobs(project, *config, target=target) == {"score_list": 1, "result": 1}
    make(project, target, config=config)
    assert "mini few, 2 of the 6 photos of val" in (project / target).read_text()
    few.touch()
    assert plan_jobs(project, *config, target=target) == {}
    few.write_text("val_0001\n")
    assert plan_jobs(project, *config, target=target) == {"score_list": 1, "result": 1}
    assert plan_jobs(project, *config) == {}


def test_network_trained_on_seeds_predicts(seed_networks_run):
    sec = read_result(seed_networks_run, "sec")
    assert list(sec["stages"]) == ["saliency", "cams", "seeds", "segmentation_maps"]
    assert sec["images"] == 6 and 0 < sec["stages"]["saliency"]["max_f"] <= 100


def test_saliency_photos_of_the_dataset_are_left_out(seed_networks_run):
    labels = (seed_networks_run / "results/dsrg_saliency/mini_labels.txt").read_text()
    assert "2 held-out photos" in labels and "12 train photos" in labels
    path = next(seed_networks_run.glob("work/*/saliency_photos/*/photos/left_out.json"))
    assert read_json(path).get("twin") == "val_0000"


def test_supervision_of_a_network_on_seeds_is_a_table(seed_networks_run):
    table = seed_networks_run / "results/dsrg_saliency/mini_supervision.csv"
    head, row = table.read_text().splitlines()
    assert head.startswith("epoch,seeded,supervised,supervision_precision")
    assert all(0 <= float(value) <= 100 for value in row.split(",")[1:])


def test_classifier_alone_predicts_label_maps(seed_networks_run, tmp_path):
    """No labels and no segmentation network; SEC's classifier is trained already."""
    project = copy_run(seed_networks_run, tmp_path / "project")
    make(project, "results/class_maps/mini_val_miou.txt")
    result = read_result(project, "class_maps")
    assert list(result["stages"]) == ["cams"] and result["images"] == 6
    assert result["supervision"] == ["tags"]


def test_report_shows_every_photo_at_every_stage(project):
    make(project, "results/default/report/index.html", "results/default/report.html")
    gallery = read_gallery(project / "results/default/report/index.html")
    assert [photo["split"] for photo in gallery["photos"]] == ["train"] * 12 + ["val"] * 6
    for photo in gallery["photos"]:
        folder = project / "results/default/report/pictures" / str(photo["n"])
        layers = gallery["recipes"][0]["layers"][photo["split"]]
        files = {"photo.jpg", "thumb.jpg", "truth.png", "truth-outline.png"}
        files |= {layer["file"] for layer in layers}
        outlined = [Path(layer["file"]) for layer in layers if layer["outlined"]]
        files |= {f"{file.stem}-outline.png" for file in outlined}
        assert {path.name for path in folder.iterdir()} == files
        assert len(layers) == (8 if photo["split"] == "train" else 1)
        assert photo["iou"][0] is not None
    alone = (project / "results/default/report.html").read_text()
    assert alone.count("data:image/png;base64,") > 12 * 8
    assert plan_jobs(project, target="results/default/report/index.html") == {}


def test_recipes_are_compared_in_a_table_and_a_report(seed_networks_run, tmp_path):
    project = copy_run(seed_networks_run, tmp_path / "project")
    targets = ("compare", "results/compare/report/index.html")
    make(project, *targets, config=["compare=[default, sec]"])
    head, *rows = (project / "results/compare/mini.csv").read_text().splitlines()
    assert head.startswith("recipe,cams_train")
    assert [row.split(",")[0] for row in rows] == ["default", "sec"]
    gallery = read_gallery(project / "results/compare/report/index.html")
    layers = {recipe["name"]: recipe["layers"]["train"] for recipe in gallery["recipes"]}
    steps = ["saliency", "cams", "seeds", "segmentation_maps", "predict"]
    assert [layer["step"] for layer in layers["sec"]] == steps
    # SEAM's maps are other maps than SEC's
    assert layers["sec"][1]["file"] != layers["default"][0]["file"]


def test_results_table_plans_the_rows_whose_inputs_are_given(project):
    jobs = plan_jobs(project, "claims_rows=2", target="results_table")
    trained = {rule: count for rule, count in jobs.items() if rule.startswith("train_")}
    assert trained == {"train_classifier": 1, "train_segmenter": 1}  # cam; default is there
    assert jobs["claims_results"] == jobs["results_table"] == 1
    run = run_snakemake(project, "-n", "--", "results_table")
    assert "learned saliency' (give photos with saliency masks by" in run.stderr
    assert "; 'points' (give clicks by" in run.stderr
    jobs = read_jobs(run)
    assert "train_saliency" not in jobs and jobs["train_multitask"] == 4


def test_snakemake_report_describes_the_result(unbroken_run, tmp_path):
    project = copy_run(unbroken_run, tmp_path / "project")
    run = run_snakemake(project, "--report", "run.html", "--", TARGET, config=["shards=1"])
    assert run.returncode == 0, run.stderr[-3000:]
    assert "mIoU of recipe default on val" in (project / "run.html").read_text()


def test_misspelled_recipe_to_compare_is_answered_by_the_nearest_name(project):
    run = run_snakemake(project, "-n", "--", "compare", config=["compare=[sex]"])
    assert run.returncode == 1 and "did you mean 'sec'" in run.stderr
