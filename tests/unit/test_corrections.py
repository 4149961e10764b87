"""Corrections of people: which photos get them, what is refused, and that only the labels and what
follows from them run again.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import DEFAULT
from wsss.brought.checks import check_index
from wsss.brought.corrections import add_corrections
from wsss.data.colours import class_colours, write_coloured
from wsss.data.correction_values import KIND, read_correction
from wsss.data.file_cache import FileCache
from wsss.data.images import photo_size, write_labels
from wsss.labels.corrected import correct
from wsss.losses.labels_settings import CONFIDENCE, SECOND
from wsss.plan.expected import Expected
from wsss.plan.plan import Plan
from wsss.plan.staleness import Staleness
from wsss.plan.unread import unread_note
from wsss.run.errors import UserError
from wsss.run.files import write_json
from wsss.run.records import GivenArtifact, Input, Record, content_digest, read_record

SMALL = '{{"shapes": [], "imagePath": "{id}.jpg", "imageHeight": 1, "imageWidth": 2}}'
"""a file of LabelMe for a photo of 2 x 1 pixels"""


def add(index, folder, split="train"):
    return add_corrections(index, str(folder), split, FileCache(index.root))


@pytest.fixture
def folder(index, tmp_path):
    """A PNG for the first photo that trains, a LabelMe JSON for the second, a PNG of val."""
    first, second = index.split("train")[:2]
    made = tmp_path / "corrections"
    made.mkdir()
    labels = np.full(photo_size(index.image_path(first)), 255, np.uint8)
    labels[:9, :20] = 1
    write_labels(made / f"{first.id}.png", labels)
    points = [[0, 0], [30, 0], [30, 20], [0, 20]]
    shape = {"label": index.classes[1], "points": points, "shape_type": "polygon"}
    (made / "any.json").write_text(json.dumps({"imagePath": second.image, "shapes": [shape]}))
    val = index.split("val")[0]
    write_labels(made / f"{val.id}.png", np.zeros(photo_size(index.image_path(val)), np.uint8))
    return made


def test_png_with_the_colours_of_other_values_is_refused(index, tmp_path):
    """A program that saves a mask again may number its colours anew."""
    photo = index.split("train")[0]
    labels = np.zeros(photo_size(index.image_path(photo)), np.uint8)
    colours = class_colours(index.labels)
    labels[:9] = 2
    write_coloured(tmp_path / f"{photo.id}.png", labels, colours)
    assert read_correction(*_corrected(index, tmp_path, photo)).max() == 2
    moved = colours.copy()
    moved[1] = colours[2]
    write_coloured(tmp_path / f"{photo.id}.png", labels // 2, moved)
    with pytest.raises(UserError, match=r"1 has the colour of 2.*convert_masks"):
        add(index, tmp_path)


def _corrected(index, folder, photo):
    """The index with corrections, and the photo in it."""
    corrected, _ = add(index, folder)
    return corrected, corrected.photos[photo.id]


def test_photos_that_train_get_their_corrections(index, folder):
    corrected, lines = add(index, folder)
    first, second, third = (corrected.photos[photo.id] for photo in index.split("train")[:3])
    labels = read_correction(corrected, first)
    assert (labels[:9, :20] == 1).all() and (labels == 255).sum() == labels.size - 180
    drawn = read_correction(corrected, second)
    assert (drawn[:20, :30] == 2).all() and (drawn > 0).sum() == 600
    assert read_correction(corrected, third) is None
    val = index.split("val")[0].id
    assert KIND not in corrected.photos[val].annotations
    assert lines[0] == "corrections of 2 training photos" and val in lines[1]
    assert add_corrections(index, None, "train", FileCache(index.root)) == (index, [])


def test_an_edit_changes_the_digest_of_corrections_alone(index, folder):
    before = check_index(add(index, folder)[0]).digests("train")
    png = next(folder.glob(f"{index.split('train')[0].id}.png"))
    write_labels(png, np.zeros(photo_size(index.image_path(index.split("train")[0])), np.uint8))
    after = check_index(add(index, folder)[0]).digests("train")
    assert {key for key in after if before[key] != after[key]} == {KIND}
    assert KIND not in check_index(index).digests("train")


@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("{id}.png", lambda size: np.zeros((5, 7), np.uint8), "7 x 5 pixels, and its photo"),
        ("{id}.png", lambda size: np.full(size, 77, np.uint8), "label 77"),
        ("nobody.png", lambda size: np.zeros(size, np.uint8), "'nobody' is the name of no photo"),
        ("sub/{first}.png", lambda size: np.zeros(size, np.uint8), "has 2 corrections"),
        ("{id}.json", lambda size: "[1]", "cannot be read"),
        ("{id}.json", SMALL, "2 x 1"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(index, folder, name, make, words):
    first, third = index.split("train")[0], index.split("train")[2]
    path = folder / name.format(id=third.id, first=first.id)
    path.parent.mkdir(exist_ok=True)
    size = photo_size(index.image_path(third))
    content = make.format(id=third.id) if isinstance(make, str) else make(size)
    if isinstance(content, str):
        path.write_text(content)
    else:
        write_labels(path, content)
    with pytest.raises(UserError, match="1 correction cannot be used: ") as caught:
        add(index, folder)
    assert words in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(UserError, match=r"corrections .*missing.* are missing"):
        add(index, folder / "missing")


def test_a_correction_replaces_labels_where_it_is_known():
    labels, correction = np.full((2, 3), 2, np.uint8), np.full((2, 3), 255, np.uint8)
    correction[0] = [0, 1, 255]
    before = {
        "": labels,
        CONFIDENCE: np.full((2, 3), 0.5, np.float32),
        SECOND: np.full((2, 3), 1, np.uint8),
        "boxes": np.array([[1, 0, 0, 2, 2]]),
    }
    made = correct(before, correction)
    assert made[""].tolist() == [[0, 1, 2], [2, 2, 2]] and made[""].dtype == np.uint8
    assert made[CONFIDENCE].tolist() == [[1, 1, 0.5], [0.5, 0.5, 0.5]]
    assert made[SECOND].tolist() == [[0, 1, 1], [1, 1, 1]]
    assert made["boxes"].shape == (0, 5)
    assert (before[""] == 2).all()


def make(job):
    """Write a job's artifacts, if they are not there, and their records."""
    expected, digests = Expected(), {}
    for output in job.outputs.values():
        path = Path(output)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() and path.suffix:
            path.write_text(output)
        elif not path.exists():
            path.mkdir()
            (path / "a.png").write_text(output)
        digests[path.name] = content_digest(path)
    inputs = {}
    for name, given in job.inputs.items():
        read = []
        for one in given:
            lineage = read_record(one.path).lineage
            read.append(GivenArtifact(one.label, content_digest(one.path), lineage))
        inputs[name] = Input.of(read)
    for output in job.outputs.values():
        record = Record(
            job.stage, job.method, job.settings, dict(job.options), expected.code(job), {},
            expected.read(job), inputs, digests, {}, output,
        )  # fmt: skip
        write_json(f"{output}.prov.json", record.as_json())


def jobs_of(plan, recipe):
    """The jobs of a recipe's steps on train, in their order; those of predictions are on val."""
    found = []
    for step in plan.chain(recipe):
        split = "val" if step.kind == "predict" else None
        found.append((step.name, plan.steps.artifacts(step, step.of.made[0], split)[0].job))
    return found


def test_only_the_labels_and_what_follows_from_them_run_again(
    index, mini_root, folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(mini_root, "photos")
    values = {**DEFAULT, "dataset": "voc", "data_root": "photos", "shards": 1}
    plan = Plan(values)
    Path(plan.dataset.index).parent.mkdir(parents=True)
    check_index(index).save(plan.dataset.index)
    make(plan.dataset.index_job)
    for _, job in jobs_of(plan, "psa"):
        make(job)
    assert [Staleness().reasons(job) for _, job in jobs_of(plan, "psa")] == [[]] * 8
    check_index(add(index, folder)[0]).save(plan.dataset.index)
    make(plan.dataset.index_job)
    # without the setting nothing reads the corrections, even if the index has them
    assert not any(Staleness().reasons(job) for _, job in jobs_of(plan, "psa"))
    again = []
    for name, job in jobs_of(Plan({**values, "corrections": str(folder)}), "psa"):
        if Staleness().reasons(job):
            again.append(name)
    assert again == ["labels", "segmenter", "predict"]


def test_a_recipe_without_labels_says_that_it_reads_no_corrections(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = {"dataset": "mini", "corrections": "mine"}
    plan = Plan({**DEFAULT, **given}, given, stated=given)
    assert "corrections is read by no step" in unread_note(plan, ["results/sec/mini_val_miou.txt"])
    assert unread_note(plan, ["results/psa/mini_val_miou.txt"]) == ""
