"""What runs again and what does not: records alone decide, whatever happened to files, folders and
Snakemake's notes.
"""

import json
import os
import re
import shutil

import pytest

from tests.conftest import VOC
from tests.dag.conftest import TARGET, snakemake
from tests.dag.test_kills import folders_of
from tests.dag.test_tiny import edit, planned
from wsss.data.index import Index

CAMS = "results/cam/voc_cams.txt"
pytestmark = pytest.mark.skipif(VOC is not None, reason="reads the files of the drawn dataset")
TRAININGS = {"train_classifier", "grow_seeds", "train_affinity", "train_segmenter"}
ALL = {
    *TRAININGS,
    "export_cams",
    "refine_cams",
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
def project(done, tmp_path):
    """A copy of the finished run, without what Snakemake noted of it."""
    shutil.copytree(
        done, tmp_path / "project", ignore=shutil.ignore_patterns(".snakemake"), symlinks=True
    )
    return tmp_path / "project"


@pytest.fixture
def photos(project):
    """The photos of a finished run that are the user's own folder: beside the run, not in it."""
    shutil.copytree(next(project.glob("work/*/photos")), project.parent / "photos")
    return project.parent / "photos"


@pytest.fixture(scope="module")
def voc_run(done, tmp_path_factory):
    """A run on a dataset in VOC's layout, finished up to the class maps."""
    place = tmp_path_factory.mktemp("voc")
    project = shutil.copytree(
        done, place / "project", ignore=shutil.ignore_patterns(".snakemake"), symlinks=True
    )
    photos = shutil.copytree(next(project.glob("work/*/photos")), place / "photos")
    run = snakemake(project, "--", CAMS, config=["dataset=voc", f"data_root={photos}"])
    assert run.returncode == 0, run.stderr[-3000:]
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
    assert again(project, config) == {}
    return config


def again(project, config):
    return planned(project, *config, target=CAMS)


def test_a_copied_run_needs_nothing_of_snakemake_s_notes(project):
    assert planned(project) == {}
    assert set(planned(project, "walk={beta: 6.0}")) == {
        "propagate",
        "write_labels",
        "train_segmenter",
        "predict",
        "score",
        "result",
        "configured_result",
    }


def test_times_say_nothing(project):
    for path in sorted(project.glob("work/**/*")):
        os.utime(
            path,
            (1e9 + hash(path.name) % 1000, 1e9 + hash(path.name) % 1000),
            follow_symlinks=False,
        )
    assert planned(project) == {}


def test_code_counts_without_snakemake_s_notes(project):
    edit(project, "wsss/crf/photo.py", "SMALLEST = 1e-5", "SMALLEST = 1e-6")
    jobs = planned(project)
    assert {"find_confident", "train_affinity", "write_labels"} <= set(
        jobs
    ) and "train_classifier" not in jobs


def test_two_clones_on_one_work_folder(project, done):
    """The clone whose code is another makes its own artifacts; the first then finds them stale, and
    says why.
    """
    other = project.parent / "other"
    shutil.copytree(project, other, ignore=shutil.ignore_patterns("work"))
    (other / "work").symlink_to(project / "work")
    edit(
        other, "stages/write_labels.py", 'f"{photo.id}.png", labels', '(photo.id + ".png"), labels'
    )
    assert planned(project) == {} and "write_labels" in planned(other)
    run = snakemake(other, "--", "results/default/mini_labels.txt")
    assert run.returncode == 0, run.stderr[-3000:]
    assert "write_labels" not in planned(other, target="results/default/mini_labels.txt")
    told = snakemake(project, "-n", "--", TARGET)
    assert "code-of-write_labels.py" in told.stdout + told.stderr


@pytest.mark.parametrize("harm", ["missing", "empty", "half", "other shard's", "other version"])
def test_an_artifact_without_its_record_is_made_again(project, harm):
    shard = folders_of(project)["walk"] / "maps/train/0-of-2.h5"
    record = shard.with_name("0-of-2.h5.prov.json")
    text = record.read_text()
    if harm == "missing":
        record.unlink()
    elif harm == "other shard's":
        shutil.copy(shard.with_name("1-of-2.h5.prov.json"), record)
    else:
        told = {**json.loads(text), "format": 1}
        record.write_text(
            {"empty": "", "half": text[: len(text) // 2], "other version": json.dumps(told)}[harm]
        )
    jobs = planned(project)
    assert jobs["propagate"] == 1 and "train_affinity" not in jobs and "write_labels" in jobs


def test_zeroed_weights_without_a_record_are_not_trusted(project):
    model = folders_of(project)["classifier"] / "model.safetensors"
    model.write_bytes(bytes(model.stat().st_size))
    assert snakemake(project, "--", "verify").returncode != 0
    model.with_name("model.safetensors.prov.json").unlink()
    assert set(planned(project)) == ALL
    told = snakemake(project, "--", "verify")
    assert told.returncode != 0 and "no record" in told.stdout


def test_what_is_forced_runs_with_what_follows(project):
    done = snakemake(project, "-n", "--forcerun", "propagate", "--", TARGET)
    rules = set(
        re.findall(r"^(\w+) +\d+$", (done.stdout + done.stderr).split("Job stats:")[1], re.M)
    )
    assert rules - {"total", "job"} == {
        "propagate",
        "write_labels",
        "train_segmenter",
        "predict",
        "score",
        "result",
        "configured_result",
    }


def test_fewer_or_more_shards_retrain_nothing(project):
    assert planned(project, "shards=3") == {} or not TRAININGS & set(planned(project, "shards=3"))


def test_touched_photos_and_a_table_saved_again_rerun_nothing(project, photos, voc):
    for path in photos.rglob("*"):
        os.utime(path)
    xml = photos / "Annotations/train_0000.xml"
    xml.write_bytes(xml.read_bytes())
    listed = photos / "ImageSets/Segmentation/train.txt"
    listed.write_text(listed.read_text().rstrip("\n") + "\n\n")
    assert again(project, voc) == {}


def test_a_folder_that_moved_is_the_same_dataset(project, photos, voc):
    photos.rename(photos.with_name("moved"))
    assert again(project, ["dataset=voc", f"data_root={photos.with_name('moved')}"]) == {}


def test_another_folder_under_the_same_name_is_refused(project, photos, voc):
    other = photos.with_name("other")
    shutil.copytree(photos, other)
    shutil.copy(other / "JPEGImages/train_0001.jpg", other / "JPEGImages/train_0000.jpg")
    run = snakemake(project, "-n", "--", CAMS, config=["dataset=voc", f"data_root={other}"])
    assert run.returncode == 1 and str(photos) in run.stderr and str(other) in run.stderr, (
        run.stderr
    )
    shutil.copy(photos / "JPEGImages/train_0000.jpg", other / "JPEGImages/train_0000.jpg")
    assert again(project, ["dataset=voc", f"data_root={other}"]) == {}  # the same photos


def test_photos_of_other_splits_and_masks_rerun_only_what_reads_them(project, photos, voc):
    val = photos / "JPEGImages/val_0000.jpg"
    shutil.copy(photos / "JPEGImages/val_0001.jpg", val)
    assert again(project, voc) == {}
    shutil.copy(
        photos / "SegmentationClass/train_0001.png", photos / "SegmentationClass/train_0000.png"
    )
    assert set(again(project, voc)) == {"score", "step_result"}


@pytest.mark.parametrize("others", [0, 60_000])
def test_a_replaced_photo_of_equal_size_and_time_is_noticed(project, photos, voc, others):
    for n in range(others):
        (photos / f"JPEGImages/other_{n}.jpg").touch()
    assert again(project, voc) == {}
    photo = photos / "JPEGImages/train_0000.jpg"
    before, data = photo.stat(), bytearray(photo.read_bytes())
    data[-20] ^= 1
    photo.write_bytes(data)
    os.utime(photo, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert {"train_classifier", "export_cams"} <= set(again(project, voc))


def test_one_tag_more_is_noticed(project, photos, voc):
    xml = photos / "Annotations/train_0000.xml"
    index = Index.load(next(project.glob("work/voc-*/index.json")))
    absent = next(
        name for k, name in enumerate(index.classes, 1) if k not in index.photos["train_0000"].tags
    )
    text = xml.read_text()
    xml.write_text(
        text.replace("</annotation>", f"<object><name>{absent}</name></object></annotation>")
    )
    assert {"train_classifier", "export_cams"} <= set(again(project, voc))


def test_no_masks_at_all_retrain_nothing(project, photos, voc):
    without_masks_and_boxes(photos)
    assert again(project, voc) == {"score": 1, "step_result": 1}


def test_masks_and_boxes_of_train_change_no_byte_of_what_knows_tags_alone(project, photos, done):
    """The default chain where nobody drew a mask, and the run with them; DSRG's training is watched
    by masks.
    """
    without_masks_and_boxes(photos)
    config = ["dataset=voc", f"data_root={photos}"]
    run = snakemake(project, "--", "results/voc_val_miou.txt", config=config)
    assert run.returncode == 0, run.stderr[-3000:]
    made, with_masks = tags_only(project, "voc"), tags_only(done, "mini")
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


def without_masks_and_boxes(photos):
    for path in (photos / "SegmentationClass").glob("train_*"):
        path.unlink()
    for path in (photos / "Annotations").glob("train_*.xml"):
        path.write_text(re.sub(r"<bndbox>.*?</bndbox>", "", path.read_text(), flags=re.S))


def tags_only(project, dataset):
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
    return {
        path.relative_to(work): path.read_bytes()
        for pattern in patterns
        for path in work.glob(pattern)
    }
