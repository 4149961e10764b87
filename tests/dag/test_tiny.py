"""The whole default chain at the size tiny through Snakemake; then reruns: nothing, one stage and
what follows, code.
"""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.conftest import VOC
from tests.dag.conftest import TARGET, snakemake
from wsss.data.index import Index
from wsss.data.mini import draw_scene
from wsss.data.mini_settings import MiniSettings

pytestmark = pytest.mark.skipif(VOC is not None, reason="reads the files of the drawn dataset")


def planned(project, *config, target=TARGET):
    """Rule -> number of jobs of a dry run."""
    done = snakemake(project, "-n", "--", target, config=config)
    assert done.returncode == 0, done.stderr
    text = done.stdout + done.stderr
    if "Nothing to be done" in text:
        return {}
    rows = text.split("Job stats:")[1].split("total")[0].splitlines()[3:]
    return {row.split()[0]: int(row.split()[1]) for row in rows if row.strip()}


def test_result_has_every_stage(done):
    result = json.loads((done / "results/mini_val_miou.json").read_text())
    assert result["recipe"] == "default" and result["dataset"] == "mini" and result["images"] == 6
    assert 0 <= result["miou"] <= 100 and set(result["per_class"]) > {"background", "fish"}
    assert list(result["stages"]) == [
        "cams",
        "refine",
        "seeds",
        "segmentation_maps",
        "confident",
        "walk",
        "labels",
    ]
    assert result["stages"]["cams"]["oracle"]["miou"] >= result["stages"]["cams"]["miou"]
    assert "mIoU" in (done / TARGET).read_text()


def test_chain_file_leads_to_the_artifacts(done):
    for line in (done / "results/default/mini_val_chain.txt").read_text().splitlines():
        assert (done / line.split()[1]).is_dir()


def test_labels_are_of_the_photo_s_classes(done):
    index = Index.load(next(done.glob("work/*/index.json")))
    tags = {photo.id: set(photo.tags) for photo in index.photos.values()}
    folders = dict(
        line.split()
        for line in (done / "results/default/mini_val_chain.txt").read_text().splitlines()
    )
    labels = list((done / folders["labels"]).glob("labels/train/*/*.png"))
    assert len(labels) == 12
    for path in labels:
        assert set(np.unique(np.array(Image.open(path)))) <= tags[path.stem] | {0}


def test_again_does_nothing(done):
    assert planned(done) == {}


def test_runtime_settings_rerun_nothing(done):
    assert planned(done, "workers=2", "device=cpu") == {}


def test_one_setting_reruns_its_stage_and_what_follows(done):
    jobs = planned(done, "walk={beta: 6.0}")
    assert set(jobs) == {
        "propagate",
        "write_labels",
        "train_segmenter",
        "predict",
        "score",
        "result",
        "configured_result",
    }
    assert jobs["score"] == 3


def test_another_recipe_shares_the_beginning(done):
    jobs = planned(done, target="results/seam/mini_val_miou.txt")
    assert "propagate" in jobs and "make_index" not in jobs


def test_labels_are_scored_without_a_segmentation_network(done):
    jobs = planned(done, target="results/default/mini_labels.txt")
    assert set(jobs) == {"step_result"}
    other = planned(done, target="results/seam_dsrg/mini_labels.txt")
    assert {"write_labels", "score", "step_result"} == set(other)


def test_maps_are_a_result_without_a_segmentation_network(done):
    run = snakemake(done, "--", "results/default/mini_cams.txt", "results/default/mini_walk.json")
    assert run.returncode == 0, run.stderr[-3000:]
    told = json.loads((done / "results/default/mini_cams.json").read_text())
    assert (
        told["of"] == "cams"
        and list(told["stages"]) == ["cams"]
        and told["supervision"] == ["tags"]
    )
    assert (
        list(json.loads((done / "results/default/mini_walk.json").read_text())["stages"])[-1]
        == "walk"
    )
    wrong = snakemake(done, "-n", "--", "results/default/mini_wlak.txt")
    assert wrong.returncode == 1 and "did you mean 'walk'" in wrong.stderr


@pytest.fixture(scope="module")
def other_photos(done):
    """Photos with saliency masks that are not of the dataset; a copy of one that is."""
    for name in ("photos", "masks"):
        (done / "other" / name).mkdir(parents=True)
    for k in range(7):
        scene = draw_scene(
            np.random.default_rng([99, k]), MiniSettings(width=96, height=72), first=k % 6
        )
        Image.fromarray(scene.photo).save(done / "other" / "photos" / f"s{k}.jpg")
        Image.fromarray(np.uint8(scene.mask > 0) * 255).save(done / "other" / "masks" / f"s{k}.png")
    shutil.copy(
        next(done.glob("work/mini-*/photos/JPEGImages/val_0000.jpg")),
        done / "other" / "photos" / "twin.jpg",
    )
    shutil.copy(done / "other" / "masks" / "s0.png", done / "other" / "masks" / "twin.png")
    return "saliency_photos={photos: other/photos, masks: other/masks}"


def test_seeds_with_saliency_and_networks_on_seeds_that_predict(done, other_photos):
    targets = [
        "results/sec/mini_val_miou.txt",
        "results/dsrg_saliency/mini_labels.txt",
        "results/dsrg_saliency/mini_supervision.csv",
    ]
    run = snakemake(done, "--", *targets, config=[other_photos])
    assert run.returncode == 0, run.stderr[-3000:]
    sec = json.loads((done / "results/sec/mini_val_miou.json").read_text())
    assert (
        list(sec["stages"]) == ["saliency", "cams", "seeds", "segmentation_maps"]
        and sec["images"] == 6
    )
    assert 0 < sec["stages"]["saliency"]["max_f"] <= 100
    labels = (done / targets[1]).read_text()
    assert "2 held-out photos" in labels and "12 train photos" in labels
    left_out = json.loads(
        next(done.glob("work/*/saliency_photos/*/photos/left_out.json")).read_text()
    )
    assert left_out.get("twin") == "val_0000"
    lines = (done / targets[2]).read_text().splitlines()
    assert lines[0].startswith("epoch,seeded,supervised,supervision_precision") and len(lines) == 2
    assert all(0 <= float(value) <= 100 for value in lines[1].split(",")[1:])


def test_a_classifier_predicts_by_itself(done):
    """No labels and no segmentation network; SEC's classifier is trained already."""
    run = snakemake(done, "--", "results/class_maps/mini_val_miou.txt")
    assert run.returncode == 0, run.stderr[-3000:]
    result = json.loads((done / "results/class_maps/mini_val_miou.json").read_text())
    assert (
        list(result["stages"]) == ["cams"]
        and result["images"] == 6
        and result["supervision"] == ["tags"]
    )


def test_a_report_shows_every_photo_at_every_stage(done):
    run = snakemake(done, "--", "results/default/report/index.html", "results/default/report.html")
    assert run.returncode == 0, run.stderr[-3000:]
    page = (done / "results/default/report/index.html").read_text()
    gallery = json.loads(page.split('id="gallery">')[1].split("</script>")[0])
    assert [photo["split"] for photo in gallery["photos"]] == ["train"] * 12 + ["val"] * 6
    for photo in gallery["photos"]:
        folder = done / "results/default/report/pictures" / str(photo["n"])
        layers = [layer["file"] for layer in gallery["recipes"][0]["layers"][photo["split"]]]
        assert {p.name for p in folder.iterdir()} == {
            "photo.jpg",
            "thumb.jpg",
            "truth.png",
            *layers,
        }
        assert (
            len(layers) == (8 if photo["split"] == "train" else 1) and photo["iou"][0] is not None
        )
    assert (done / "results/default/report.html").read_text().count(
        "data:image/png;base64,"
    ) > 12 * 8
    assert planned(done, target="results/default/report/index.html") == {}


def test_recipes_are_compared_and_snakemake_tells_of_its_run(done):
    run = snakemake(
        done,
        "--",
        "compare",
        "results/compare/report/index.html",
        config=["compare=[default, sec]"],
    )
    assert run.returncode == 0, run.stderr[-3000:]
    rows = (done / "results/compare/mini.csv").read_text().splitlines()
    assert rows[0].startswith("recipe,cams_train") and [row.split(",")[0] for row in rows[1:]] == [
        "default",
        "sec",
    ]
    page = (done / "results/compare/report/index.html").read_text()
    layers = {
        r["name"]: r["layers"]
        for r in json.loads(page.split('id="gallery">')[1].split("</script>")[0])["recipes"]
    }
    assert [layer["step"] for layer in layers["sec"]["train"]] == [
        "saliency",
        "cams",
        "seeds",
        "segmentation_maps",
        "predict",
    ]
    assert (
        layers["sec"]["train"][1]["file"] != layers["default"]["train"][0]["file"]
    )  # SEAM's maps are other maps
    told = snakemake(done, "--report", "run.html", "--", TARGET)
    assert (
        told.returncode == 0 and "mIoU of recipe default on val" in (done / "run.html").read_text()
    ), told.stderr[-3000:]
    wrong = snakemake(done, "-n", "--", "compare", config=["compare=[sex]"])
    assert wrong.returncode == 1 and "did you mean 'sec'" in wrong.stderr


def test_an_experiment_is_a_target(done):
    jobs = planned(done, target="claims_seam")
    assert {"score_classifier", "claims_seam"} <= set(jobs) and "grow_seeds" not in jobs
    assert jobs["claims_seam"] == 1
    jobs = planned(done, target="claims_walk")
    assert jobs["score_confident"] == jobs["score"] == 9 and jobs["train_affinity"] == 2


def test_what_is_typed_wins_over_the_recipe(done):
    assert {"find_confident", "train_affinity", "propagate"} <= set(
        planned(done, "confident={bilateral_rgb: 5}")
    )
    assert "train_affinity" in planned(
        done, "affinity={output_stride: 8}", target="results/irn/mini_labels.txt"
    )


def edit(project, file, old, new):
    path = project / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return lambda: path.write_text(text)


def test_a_comment_reruns_nothing(done):
    undo = edit(done, "wsss/crf/photo.py", "SMALLEST = 1e-5", "SMALLEST = 1e-5  # a comment")
    assert planned(done) == {}
    undo()


def test_how_labels_are_written_reruns_labels_and_what_follows(done):
    undo = edit(
        done, "stages/write_labels.py", 'f"{photo.id}.png", labels', 'photo.id + ".png", labels'
    )
    assert set(planned(done)) == {
        "write_labels",
        "train_segmenter",
        "predict",
        "score",
        "result",
        "configured_result",
    }
    undo()
    assert planned(done) == {}


def test_the_crf_kernel_reruns_what_imports_it(done):
    undo = edit(done, "wsss/crf/photo.py", "SMALLEST = 1e-5", "SMALLEST = 1e-6")
    reads = {"find_confident", "write_labels", "predict"}
    follows = {
        "train_affinity",
        "propagate",
        "train_segmenter",
        "score",
        "result",
        "configured_result",
    }
    assert set(planned(done)) == reads | follows
    why = snakemake(done, "-n", "--", TARGET)
    assert "code-of-find_confident.py-and-all-it-imports" in why.stdout + why.stderr
    undo()


def test_failed_stage_says_why_and_loses_nothing(done):
    photo = next(done.glob("work/*/photos/JPEGImages/val_0000.jpg"))
    data = photo.read_bytes()
    models = set(done.glob("work/**/model.safetensors"))
    photo.write_bytes(data[:400])
    run = snakemake(done, "--", TARGET)
    assert run.returncode == 1 and "val_0000.jpg cannot be read" in run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    photo.write_bytes(data)
    assert len(models) >= 4 and set(done.glob("work/**/model.safetensors")) == models
    assert not list(done.glob("work/**/*.tmp")) and planned(done) == {}
