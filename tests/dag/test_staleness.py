"""What runs again after a change: records alone decide, whatever happened to files, folders and
Snakemake's notes.
"""

import json
import os
import re
import shutil

import pytest

from tests.conftest import VOC
from tests.dag.runs import (
    AFTER_WALK,
    TARGET,
    copy_run,
    edit,
    make,
    plan_jobs,
    run_snakemake,
    step_folders,
)
from wsss.data.index import Index

CAMS = "results/cam/voc_cams.txt"
pytestmark = pytest.mark.skipif(VOC is not None, reason="reads the files of the synthetic dataset")
TRAININGS = {"train_classifier", "grow_seeds", "train_affinity", "train_segmenter"}
ALL = {
    *TRAININGS,
    "export_cams",
    "refine_cams",
    "find_thresholds",
    "make_seeds",
    "export_segmentation_maps",
    "find_confident",
    "propagate",
    "write_labels",
    "predict",
    "score",
    "result",
    "configured_result",
}


@pytest.fixture
def project(project):
    """A copy of the finished run, without what Snakemake noted of it."""
    shutil.rmtree(project / ".snakemake")
    return project


@pytest.fixture
def photos(project):
    """The photos of a finished run that are the user's own folder: beside the run, not in it."""
    return shutil.copytree(next(project.glob("work/*/photos")), project.parent / "photos")


@pytest.fixture(scope="module")
def voc_run(finished_run, tmp_path_factory):
    """A run on a dataset in VOC's layout, finished up to the class maps; to be read only."""
    place = tmp_path_factory.mktemp("voc")
    project = copy_run(finished_run, place / "project")
    photos = shutil.copytree(next(project.glob("work/*/photos")), place / "photos")
    make(project, CAMS, config=["dataset=voc", f"data_root={photos}"])
    return project


@pytest.fixture
def voc(project, photos, voc_run):
    """Settings of a dataset in VOC's layout, whose run is finished up to the class maps: a copy, of
    copied photos.
    """
    for made in voc_run.glob("work/voc-*"):
        shutil.copytree(made, project / "work" / made.name)
    shutil.copytree(voc_run / "results", project / "results", dirs_exist_ok=True)
    config = ["dataset=voc", f"data_root={photos}"]
    assert plan_cams(project, config) == {}  # the photos are known by their new folder from now on
    return config


def plan_cams(project, config):
    """Rule -> number of jobs for the class maps of the dataset in VOC's layout."""
    return plan_jobs(project, *config, target=CAMS)


def test_copied_run_is_finished_without_snakemake_s_notes(project):
    assert plan_jobs(project) == {}
    assert set(plan_jobs(project, "walk={beta: 6.0}")) == AFTER_WALK


def test_file_times_do_not_decide(project):
    for path in sorted(project.glob("work/**/*")):
        seconds = 1e9 + hash(path.name) % 1000
        os.utime(path, (seconds, seconds), follow_symlinks=False)
    assert plan_jobs(project) == {}


def test_edited_code_is_noticed_without_snakemake_s_notes(project):
    edit(project, "wsss/crf/photo.py", "SMALLEST = 1e-5", "SMALLEST = 1e-6")
    jobs = plan_jobs(project)
    assert {"find_confident", "train_affinity", "write_labels"} <= set(jobs)
    assert "train_classifier" not in jobs


def test_a_second_edit_of_a_script_runs_it_again(project):
    """Snakemake has then seen a mark of the same name, and recorded its checksum."""
    labels, script = "results/default/mini_labels.txt", "stages/write_labels.py"
    edit(project, script, 'f"{photo_id}.png"', '(photo_id + ".png")')
    make(project, labels)
    assert "write_labels" not in plan_jobs(project, target=labels)
    edit(project, script, '(photo_id + ".png")', 'str(photo_id + ".png")')
    assert "write_labels" in plan_jobs(project, target=labels)


def test_clone_with_other_code_makes_stale_what_another_clone_reads(project):
    """Two clones on one work folder: the clone whose code is another makes its own artifacts; the
    first then finds them stale, and says why.
    """
    labels = "results/default/mini_labels.txt"
    other = project.parent / "other"
    shutil.copytree(project, other, ignore=shutil.ignore_patterns("work"))
    (other / "work").symlink_to(project / "work")
    old, new = 'f"{photo_id}.png", values', '(photo_id + ".png"), values'
    edit(other, "stages/write_labels.py", old, new)
    assert plan_jobs(project) == {} and "write_labels" in plan_jobs(other)
    make(other, labels)
    assert "write_labels" not in plan_jobs(other, target=labels)
    run = run_snakemake(project, "-n", "--", TARGET)
    assert "code-of-write_labels.py" in run.stdout + run.stderr


@pytest.mark.parametrize("harm", ["missing", "empty", "half", "other shard's", "other version"])
def test_artifact_without_its_record_is_made_again(project, harm):
    shard = step_folders(project)["walk"] / "maps/train/0-of-2.h5"
    record = shard.with_name("0-of-2.h5.prov.json")
    text = record.read_text()
    if harm == "missing":
        record.unlink()
    elif harm == "other shard's":
        shutil.copy(shard.with_name("1-of-2.h5.prov.json"), record)
    else:
        other = {**json.loads(text), "format": 1}
        record.write_text(
            {"empty": "", "half": text[: len(text) // 2], "other version": json.dumps(other)}[harm]
        )
    jobs = plan_jobs(project)
    assert jobs["propagate"] == 1 and "train_affinity" not in jobs and "write_labels" in jobs


def test_zeroed_model_without_a_record_is_made_again(project):
    model = step_folders(project)["classifier"] / "model.safetensors"
    model.write_bytes(bytes(model.stat().st_size))
    assert run_snakemake(project, "--", "verify").returncode != 0
    model.with_name("model.safetensors.prov.json").unlink()
    assert set(plan_jobs(project)) == ALL
    run = run_snakemake(project, "--", "verify")
    assert run.returncode != 0 and "no record" in run.stdout


def test_forced_rule_runs_with_later_stages(project):
    assert set(plan_jobs(project, options=["--forcerun", "propagate"])) == AFTER_WALK


def test_another_number_of_shards_retrains_nothing(project):
    assert not TRAININGS & set(plan_jobs(project, "shards=3"))


def test_touched_photos_and_rewritten_lists_rerun_nothing(project, photos, voc):
    for path in photos.rglob("*"):
        os.utime(path)
    xml = photos / "Annotations/train_0000.xml"
    xml.write_bytes(xml.read_bytes())
    listed = photos / "ImageSets/Segmentation/train.txt"
    listed.write_text(listed.read_text().rstrip("\n") + "\n\n")
    assert plan_cams(project, voc) == {}


def test_moved_folder_of_photos_reruns_nothing(project, photos, voc):
    photos.rename(photos.with_name("moved"))
    assert plan_cams(project, ["dataset=voc", f"data_root={photos.with_name('moved')}"]) == {}


def test_other_photos_under_the_same_dataset_name_are_refused(project, photos, voc):
    other = photos.with_name("other")
    shutil.copytree(photos, other)
    shutil.copy(other / "JPEGImages/train_0001.jpg", other / "JPEGImages/train_0000.jpg")
    run = run_snakemake(project, "-n", "--", CAMS, config=["dataset=voc", f"data_root={other}"])
    assert run.returncode == 1 and str(photos) in run.stderr and str(other) in run.stderr, (
        run.stderr
    )
    shutil.copy(photos / "JPEGImages/train_0000.jpg", other / "JPEGImages/train_0000.jpg")
    assert plan_cams(project, ["dataset=voc", f"data_root={other}"]) == {}  # the same photos


def test_changed_photos_of_val_and_masks_rerun_only_stages_that_read_them(project, photos, voc):
    val = photos / "JPEGImages/val_0000.jpg"
    shutil.copy(photos / "JPEGImages/val_0001.jpg", val)
    assert plan_cams(project, voc) == {}
    shutil.copy(
        photos / "SegmentationClass/train_0001.png", photos / "SegmentationClass/train_0000.png"
    )
    assert set(plan_cams(project, voc)) == {"score", "step_result"}


@pytest.mark.parametrize("others", [0, 60_000])
def test_replaced_photo_of_equal_size_and_time_is_noticed(project, photos, voc, others):
    for n in range(others):
        (photos / f"JPEGImages/other_{n}.jpg").touch()
    assert plan_cams(project, voc) == {}
    photo = photos / "JPEGImages/train_0000.jpg"
    before, data = photo.stat(), bytearray(photo.read_bytes())
    data[-20] ^= 1
    photo.write_bytes(data)
    os.utime(photo, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert {"train_classifier", "export_cams"} <= set(plan_cams(project, voc))


def test_added_tag_is_noticed(project, photos, voc):
    xml = photos / "Annotations/train_0000.xml"
    index = Index.load(next(project.glob("work/voc-*/index.json")))
    absent = next(
        name for k, name in enumerate(index.classes, 1) if k not in index.photos["train_0000"].tags
    )
    text = xml.read_text()
    xml.write_text(
        text.replace("</annotation>", f"<object><name>{absent}</name></object></annotation>")
    )
    assert {"train_classifier", "export_cams"} <= set(plan_cams(project, voc))


def test_removed_masks_retrain_nothing(project, photos, voc):
    remove_masks_and_boxes(photos)
    assert plan_cams(project, voc) == {"score": 1, "step_result": 1}


def test_stages_that_know_tags_alone_make_the_same_bytes_without_masks(
    project, photos, finished_run
):
    """The default chain where nobody drew a mask, and the run with them; DSRG's training is watched
    by masks.
    """
    remove_masks_and_boxes(photos)
    config = ["dataset=voc", f"data_root={photos}"]
    make(project, "results/voc_val_miou.txt", config=config)
    made, with_masks = read_artifacts(project, "voc"), read_artifacts(finished_run, "mini")
    assert {path.parts[0] for path in made} == {
        "classifier",
        "cams",
        "refine",
        "seeds",
        "grow",
        "segmentation_maps",
        "confident",
        "affinity",
        "walk",
        "labels",
        "segmenter",
        "predict",
    }
    assert made == {path: with_masks.get(path) for path in made}


def remove_masks_and_boxes(photos):
    """Leave the training photos with their tags alone."""
    for path in (photos / "SegmentationClass").glob("train_*"):
        path.unlink()
    for path in (photos / "Annotations").glob("train_*.xml"):
        path.write_text(re.sub(r"<bndbox>.*?</bndbox>", "", path.read_text(), flags=re.S))


def read_artifacts(project, dataset):
    """KIND/METHOD-digest/... -> content, of models with their descriptions, maps, label maps and
    predictions.
    """
    (work,) = (path.parent for path in project.glob(f"work/{dataset}-*/index.json"))
    patterns = (
        "*/*/model.safetensors",
        "*/*/model.safetensors.json",
        "**/*-of-*.h5",
        "**/*-of-*/*.png",
    )
    found = [path for pattern in patterns for path in work.glob(pattern)]
    return {path.relative_to(work): path.read_bytes() for path in found}
