"""Every stage script alone, as a user runs it: help, exit codes, one line for each error, nothing
half made.
"""

import json
from dataclasses import replace

import h5py
import numpy as np
import pytest
import yaml
from PIL import Image

from tests.conftest import PROJECT
from wsss.data.index import Index
from wsss.run.records import read_record

SCRIPTS = sorted(p.stem for p in (PROJECT / "stages").glob("[a-z]*.py"))
NET = [
    "--backbone",
    "tf_efficientnet_lite0",
    "--crop",
    "64",
    "--long-side",
    "[64, 96]",
    "--epochs",
    "1",
    "--batch",
    "4",
    "--device",
    "cpu",
]


@pytest.fixture(scope="module")
def project(mini_root, tmp_path_factory, run_stage):
    """A folder with an index, a one-epoch classifier and its maps."""
    folder = tmp_path_factory.mktemp("project")
    assert (
        run_stage(
            "make_index", "--name", "mini", "--data-root", mini_root, "--out", folder / "i.json"
        ).returncode
        == 0
    )
    done = run_stage(
        "train_classifier",
        "cam",
        "--index",
        folder / "i.json",
        "--out",
        folder / "m.safetensors",
        *NET,
    )
    assert done.returncode == 0, done.stderr
    done = run_stage(
        "export_cams",
        "cams",
        "--index",
        folder / "i.json",
        "--model",
        folder / "m.safetensors",
        "--out",
        folder / "maps.h5",
        "--scales",
        "[1.0]",
    )
    assert done.returncode == 0, done.stderr
    return folder


def one_line(done, code, *words):
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.returncode == code, done.stderr
    assert len(lines) == 1 and "Traceback" not in done.stderr, done.stderr
    for word in words:
        assert word in lines[0], lines[0]


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_says_what_it_is_and_how_to_call_it(script, run_stage):
    done = run_stage(script, "--help")
    assert done.returncode == 0 and f"stages/{script}.py" in done.stdout


def test_help_of_a_method_lists_its_settings(run_stage):
    text = run_stage("train_classifier", "seam", "--help").stdout
    assert "--branch-scale" in text and "default 0.3" in text and "second branch" in text


def test_wrong_usage_is_2(run_stage, tmp_path):
    assert run_stage("score", "--whta", "maps").returncode == 2
    assert run_stage("train_classifier", "kam").returncode == 2
    assert run_stage("make_mini").returncode == 2


def test_wrong_settings_are_1_with_the_name(run_stage, tmp_path):
    one_line(
        run_stage("make_mini", "--out", tmp_path / "x", "--train", "none"), 1, "train", "'none'"
    )
    wrong = run_stage("make_mini", "--out", tmp_path / "x", "--settings", '{"trian": 3}')
    one_line(wrong, 1, "trian", "did you mean 'train'")
    assert not (tmp_path / "x").exists()


def test_a_record_lies_beside_the_artifact(project):
    record = read_record(project / "maps.h5")
    assert record.stage == "stages/export_cams.py" and record.settings["scales"] == [1.0]
    assert set(record.inputs) == {"model"} and set(record.read) == {"train"}
    ran = json.loads((project / "maps.h5.run.json").read_text())
    assert ran["seconds"] > 0 and ran["inputs"]["model"] == [str(project / "m.safetensors")]


def test_equal_work_gives_equal_bytes_and_shards_add_up(project, run_stage, tmp_path):
    def export(name, *more):
        done = run_stage(
            "export_cams",
            "cams",
            "--index",
            project / "i.json",
            "--model",
            project / "m.safetensors",
            "--out",
            tmp_path / name,
            "--scales",
            "[1.0]",
            *more,
        )
        assert done.returncode == 0, done.stderr
        return tmp_path / name

    assert export("again.h5").read_bytes() == (project / "maps.h5").read_bytes()
    from wsss.data.maps import MapReader

    whole = MapReader([project / "maps.h5"])
    shards = MapReader([export(f"{k}.h5", "--shard", f"{k}/3", "--threads", "1") for k in range(3)])
    for k in range(8):
        a, b = whole[f"train_{k:04d}"], shards[f"train_{k:04d}"]
        assert np.allclose(a.scores, b.scores, atol=2e-3) and np.array_equal(a.labels, b.labels)


def test_training_repeats_to_the_bit(project, run_stage, tmp_path):
    done = run_stage(
        "train_classifier",
        "cam",
        "--index",
        project / "i.json",
        "--out",
        tmp_path / "m.safetensors",
        *NET,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "m.safetensors").read_bytes() == (project / "m.safetensors").read_bytes()
    assert not list(tmp_path.glob(".resume-*"))


def test_bad_inputs_are_one_line_and_leave_nothing(project, run_stage, tmp_path):
    out = ["--out", tmp_path / "out"]
    index = ["--index", project / "i.json"]
    missing = run_stage(
        "export_cams", "cams", *index, "--model", tmp_path / "none.safetensors", *out
    )
    one_line(missing, 1, "none.safetensors")
    one_line(run_stage("write_labels", "crf", *index, *out), 1, "--maps")
    one_line(
        run_stage(
            "write_labels", "crf", *index, "--maps", project / "maps.h5", "--split", "vla", *out
        ),
        1,
        "'vla'",
        "did you mean 'val'",
    )
    one_line(
        run_stage(
            "export_cams",
            "cams",
            *index,
            "--model",
            project / "m.safetensors",
            "--shard",
            "3",
            *out,
        ),
        1,
        "k/n",
    )
    one_line(
        run_stage(
            "make_seeds",
            "threshold",
            *index,
            "--maps",
            project / "maps.h5",
            "--saliency",
            tmp_path / "no",
            *out,
        ),
        1,
        "saliency",
    )
    one_line(
        run_stage("make_index", "--name", "x", "--data-root", tmp_path, *out), 1, "not a VOC folder"
    )
    one_line(
        run_stage("train_classifier", "cam", *index, *out, "--device", "cuda", *NET[:-2]), 1, "cuda"
    )
    assert not (tmp_path / "out").exists()
    assert not [p for p in tmp_path.iterdir() if ".tmp" in p.name]


def test_score_without_masks_asks_or_leaves_out(project, run_stage, tmp_path):
    index = Index.load(project / "i.json")
    blind = {
        photo.id: replace(photo, annotations={}, digests={}) for photo in index.photos.values()
    }
    replace(index, photos=blind).save(tmp_path / "i.json")
    score = [
        "--what",
        "maps",
        "--index",
        tmp_path / "i.json",
        "--split",
        "train",
        "--artifact",
        project / "maps.h5",
        "--out",
        tmp_path / "s.json",
    ]
    one_line(run_stage("score", *score), 1, "train_0000 has no mask")
    assert run_stage("score", *score, "--where-known").returncode == 0
    result = json.loads((tmp_path / "s.json").read_text())
    assert result["miou"] is None and result["images"] == 0
    labels = run_stage(
        "write_labels",
        "argmax",
        "--index",
        project / "i.json",
        "--maps",
        project / "maps.h5",
        "--out",
        tmp_path / "labels",
    )
    assert labels.returncode == 0, labels.stderr
    score += ["--truth", tmp_path / "labels"]
    one_line(run_stage("score", *score, "--where-known"), 1, "leave one of them out")
    path = tmp_path / "labels" / "train_0000.png"
    chosen = np.asarray(Image.open(path))
    for note in tmp_path.glob("labels.*"):
        note.unlink()
    Image.fromarray(np.where(np.arange(chosen.shape[1]) < 40, chosen, 255).astype(np.uint8)).save(
        path
    )
    assert run_stage("score", *score).returncode == 0
    result = json.loads((tmp_path / "s.json").read_text())
    assert result["images"] == 8 and 0 < result["miou"] < 100 and result["kind"] == "cam"
    Image.fromarray(np.full_like(chosen, 77)).save(path)
    one_line(run_stage("score", *score), 1, "train_0000.png holds label 77")
    Image.fromarray(chosen[:-3].copy()).save(path)
    one_line(run_stage("score", *score), 1, "train_0000.png is ")


def test_photo_damaged_after_the_index_is_named(project, run_stage, tmp_path, mini_root):
    import shutil

    root = tmp_path / "photos"
    shutil.copytree(mini_root, root)
    run_stage("make_index", "--name", "mini", "--data-root", root, "--out", tmp_path / "i.json")
    path = root / "JPEGImages" / "train_0003.jpg"
    path.write_bytes(path.read_bytes()[:700])
    done = run_stage(
        "export_cams",
        "cams",
        "--index",
        tmp_path / "i.json",
        "--model",
        project / "m.safetensors",
        "--out",
        tmp_path / "maps.h5",
    )
    one_line(done, 1, "train_0003.jpg")
    assert not (tmp_path / "maps.h5").exists()


def test_photo_damaged_is_named_by_loading_processes_too(project, run_stage, tmp_path, mini_root):
    import shutil

    root = tmp_path / "photos"
    shutil.copytree(mini_root, root)
    run_stage("make_index", "--name", "mini", "--data-root", root, "--out", tmp_path / "i.json")
    (root / "JPEGImages" / "train_0003.jpg").write_bytes(b"x")
    index = ["--index", tmp_path / "i.json"]
    done = run_stage(
        "train_classifier", "cam", *index, "--out", tmp_path / "m", *NET, "--workers", 2
    )
    one_line(done, 1, "train_0003.jpg")
    assert not (tmp_path / "m").exists()


def test_photo_without_tags_passes_every_map_stage(project, run_stage, tmp_path):
    whole = Index.load(project / "i.json")
    first = whole.splits["train"][0]
    photos = {**whole.photos, first: replace(whole.photos[first], tags=())}
    replace(whole, photos=photos).save(tmp_path / "i.json")
    index = ["--index", tmp_path / "i.json"]
    done = run_stage(
        "export_cams",
        "cams",
        *index,
        "--model",
        project / "m.safetensors",
        "--out",
        tmp_path / "maps.h5",
    )
    assert done.returncode == 0, done.stderr
    for script, method in (
        ("make_seeds", "threshold"),
        ("find_confident", "psa"),
        ("write_labels", "crf"),
    ):
        done = run_stage(
            script, method, *index, "--maps", tmp_path / "maps.h5", "--out", tmp_path / script
        )
        assert done.returncode == 0, done.stderr
        assert (np.array(Image.open(tmp_path / script / f"{first}.png")) == 0).all()


def test_refining_once_starts_from_the_exported_maps(project, run_stage, tmp_path):
    given = [
        "--index",
        project / "i.json",
        "--model",
        project / "m.safetensors",
        "--out",
        tmp_path / "refined.h5",
    ]
    one_line(run_stage("refine_cams", "pcm_once", *given), 1, "pcm_once", "--maps")
    done = run_stage("refine_cams", "pcm_once", *given, "--maps", project / "maps.h5")
    assert done.returncode == 0, done.stderr
    with h5py.File(project / "maps.h5") as raw, h5py.File(tmp_path / "refined.h5") as refined:
        assert set(raw) == set(refined) and all(
            raw[i]["scores"].shape == refined[i]["scores"].shape for i in raw
        )


def test_saliency_as_background(project, run_stage, tmp_path):
    train = Index.load(project / "i.json").splits["train"]
    (tmp_path / "saliency").mkdir()
    given = [
        "argmax",
        "--index",
        project / "i.json",
        "--maps",
        project / "maps.h5",
        "--out",
        tmp_path / "labels",
        "--background",
        "saliency",
    ]
    one_line(run_stage("write_labels", *given), 1, "saliency")
    given += ["--saliency", tmp_path / "saliency"]
    one_line(run_stage("write_labels", *given), 1, "no saliency map of photo")
    for photo in train:
        cue = np.zeros((72, 96), np.uint8)
        cue[:, 48:] = 255
        Image.fromarray(cue).save(tmp_path / "saliency" / f"{photo}.png")
    assert run_stage("write_labels", *given).returncode == 0
    labels = np.array(Image.open(tmp_path / "labels" / f"{train[0]}.png"))
    assert (labels[:, :48] == 0).all() and (labels[:, 48:] > 0).mean() > 0.9


def test_classifier_score_of_a_split(project, run_stage, tmp_path):
    done = run_stage(
        "score_classifier",
        "--index",
        project / "i.json",
        "--model",
        project / "m.safetensors",
        "--out",
        tmp_path / "s.json",
        "--scales",
        "[0.5]",
        "--precision",
        "float32",
    )
    assert done.returncode == 0, done.stderr
    score = json.loads((tmp_path / "s.json").read_text())
    assert (
        score["images"] == 4 and 0 <= score["map"] <= 100 and score["grid_of_last_photo"] == [5, 6]
    )
    assert 0 < score["inconsistency"]["raw"] < 1 and 0 < score["inconsistency"]["refined"] < 1


def test_irn_from_maps_to_instances(project, run_stage, tmp_path):
    """IRNet's stages one after the other, its instances and scores; what does not fit together is
    refused by name.
    """
    index, maps = ["--index", project / "i.json"], ["--maps", project / "maps.h5"]

    def run(script, *arguments):
        done = run_stage(script, *arguments)
        assert done.returncode == 0, done.stderr
        return done

    run(
        "find_confident",
        "irn",
        *index,
        *maps,
        "--class-above",
        "0.6",
        "--out",
        tmp_path / "confident",
    )
    run(
        "train_affinity",
        "irn",
        *index,
        "--confident",
        tmp_path / "confident",
        "--out",
        tmp_path / "irn",
        *NET,
        "--output-stride",
        16,
    )
    run(
        "propagate",
        "irn",
        *index,
        *maps,
        "--model",
        tmp_path / "irn",
        "--out",
        tmp_path / "walked.h5",
    )
    wrong = run_stage(
        "propagate", "psa", *index, *maps, "--model", tmp_path / "irn", "--out", tmp_path / "w.h5"
    )
    one_line(wrong, 1, "other affinities")
    run(
        "find_instances",
        *index,
        *maps,
        "--model",
        tmp_path / "irn",
        "--walk",
        '{"log_steps": 4}',
        "--out",
        tmp_path / "a.json",
    )
    scored = ["--coco", tmp_path / "coco.json", "--score", tmp_path / "ap.json"]
    run("write_instances", *index, "--shards", tmp_path / "a.json", *scored)
    coco, score = (json.loads((tmp_path / name).read_text()) for name in ("coco.json", "ap.json"))
    assert len(coco["images"]) == 8 and score["instances"] == len(coco["annotations"])
    assert score["true_boxes"] > 0 and 0 <= score["ap50"] <= 100
    one_line(
        run_stage(
            "write_instances", *index, "--shards", tmp_path / "a.json", "--split", "val", *scored
        ),
        1,
        "val_0000",
    )
    (tmp_path / "a.json").write_text("{")
    one_line(
        run_stage("write_instances", *index, "--shards", tmp_path / "a.json", *scored),
        1,
        "a.json is not what",
    )
    (tmp_path / "a.json.prov.json").unlink()
    one_line(
        run_stage("write_instances", *index, "--shards", tmp_path / "a.json", *scored),
        1,
        "a.json cannot be read",
    )


def test_labels_are_exported_and_results_compared(project, run_stage, tmp_path):
    index = ["--index", project / "i.json"]
    for name in ("argmax", "par"):
        done = run_stage(
            "write_labels", name, *index, "--maps", project / "maps.h5", "--out", tmp_path / name
        )
        assert done.returncode == 0, done.stderr
        done = run_stage(
            "score",
            "--what",
            "labels",
            *index,
            "--split",
            "train",
            "--artifact",
            tmp_path / name,
            "--out",
            tmp_path / f"{name}.json",
            "--counts",
            tmp_path / f"{name}.npz",
        )
        assert done.returncode == 0, done.stderr
    pair = [
        "--first",
        tmp_path / "argmax.json",
        "--second",
        tmp_path / "par.json",
        "--out",
        tmp_path / "d.json",
    ]
    assert run_stage("compare_scores", *pair).returncode == 0
    result = json.loads((tmp_path / "d.json").read_text())
    scores = [
        json.loads((tmp_path / f"{name}.json").read_text())["miou"] for name in ("argmax", "par")
    ]
    assert result["difference"] == pytest.approx(scores[1] - scores[0], abs=0.002)
    assert result["interval"][0] <= result["difference"] <= result["interval"][1]
    (tmp_path / "par.npz").unlink()
    one_line(run_stage("compare_scores", *pair), 1, "par.npz")
    for name, file in (
        ("coco", "labels.json"),
        ("panoptic", "panoptic.json"),
        ("labelme", "train_0000.json"),
    ):
        done = run_stage(
            "export_labels",
            name,
            *index,
            "--labels",
            tmp_path / "argmax",
            "--out",
            tmp_path / f"as_{name}",
        )
        assert done.returncode == 0 and (tmp_path / f"as_{name}" / file).is_file(), done.stderr


def test_labels_with_their_confidence(project, run_stage, tmp_path):
    done = run_stage(
        "write_labels",
        "argmax",
        "--index",
        project / "i.json",
        "--maps",
        project / "maps.h5",
        "--out",
        tmp_path / "labels",
        "--confidence",
        "true",
        "--ignore-below",
        "0.5",
    )
    assert done.returncode == 0, done.stderr
    names = sorted(p.name for p in (tmp_path / "labels").glob("*.png"))
    assert names and names == sorted(
        p.name for p in (tmp_path / "labels" / "confidence").glob("*.png")
    )
    labels, confident = (
        np.asarray(Image.open(p / names[0]))
        for p in (tmp_path / "labels", tmp_path / "labels" / "confidence")
    )
    assert labels.shape == confident.shape and (confident[labels == 255] <= 128).all()


def test_photos_of_one_s_own_become_a_configuration_and_an_index(mini_root, run_stage, tmp_path):
    names = sorted(p.name for p in (mini_root / "JPEGImages").glob("*.jpg"))
    lines = "".join(f"{name};{'fish' if n % 2 else 'bird'}\n" for n, name in enumerate(names))
    (tmp_path / "tags.csv").write_text("image;labels\n" + lines)
    photos = mini_root / "JPEGImages"
    done = run_stage(
        "new_dataset",
        photos,
        "--labels",
        tmp_path / "tags.csv",
        "--name",
        "pets",
        "--out",
        tmp_path / "p.yaml",
    )
    assert done.returncode == 0, done.stderr
    assert "12 photos, 12 with tags" in done.stdout and "results/default/pets_masks" in done.stdout
    made = yaml.safe_load((tmp_path / "p.yaml").read_text())
    assert made["dataset"] == "pets" and made["folder"]["classes"] == ["bird", "fish"]
    done = run_stage(
        "index_folder",
        "--name",
        "pets",
        "--data-root",
        photos,
        "--tags",
        tmp_path / "tags.csv",
        "--out",
        tmp_path / "i.json",
        "--counts",
        tmp_path / "c.json",
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "c.json").read_text())["all"] == 12
    files = {name: (tmp_path / name).read_bytes() for name in ("i.json", "i.jsonl", "i.seen.jsonl")}
    for more in ([], ["--afresh"]):
        done = run_stage(
            "index_folder",
            "--name",
            "pets",
            "--data-root",
            photos,
            "--tags",
            tmp_path / "tags.csv",
            "--out",
            tmp_path / "i.json",
            *more,
        )
        assert done.returncode == 0, done.stderr
        assert files == {name: (tmp_path / name).read_bytes() for name in files}
    one_line(
        run_stage("new_dataset", photos, "--labels", tmp_path / "tags.csv", "--name", "My Pets"),
        1,
        "My Pets",
    )


def test_masks_among_the_tags_of_each_photo(project, run_stage, tmp_path):
    index = ["--index", project / "i.json"]
    done = run_stage(
        "write_labels",
        "argmax",
        *index,
        "--maps",
        project / "maps.h5",
        "--out",
        tmp_path / "labels",
    )
    assert done.returncode == 0, done.stderr
    done = run_stage(
        "train_segmenter",
        "deeplab",
        *index,
        "--labels",
        tmp_path / "labels",
        "--out",
        tmp_path / "s",
        *NET,
    )
    assert done.returncode == 0, done.stderr
    done = run_stage(
        "predict",
        "predict",
        *index,
        "--model",
        tmp_path / "s",
        "--split",
        "train",
        "--scales",
        "[1.0]",
        "--within-tags",
        "--out",
        tmp_path / "masks",
    )
    assert done.returncode == 0, done.stderr
    tags = {photo.id: set(photo.tags) for photo in Index.load(project / "i.json").photos.values()}
    for path in (tmp_path / "masks").glob("*.png"):
        assert set(np.unique(np.asarray(Image.open(path)))) <= tags[path.stem] | {0}
    done = run_stage(
        "gather_masks",
        *index,
        "--masks",
        tmp_path / "masks",
        "--split",
        "train",
        "--out",
        tmp_path / "all",
    )
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "all" / "JPEGImages").glob("*.png"))) == 8
    assert (tmp_path / "all" / "classes.txt").read_text().startswith("0 background\n1 ")
