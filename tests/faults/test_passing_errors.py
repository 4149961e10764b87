"""Errors of the system that pass, where a library or a reader of what people bring would make them
damage of a file, or leave something out: each error is raised once, or at the first few reads.
"""

import errno
import gzip
import hashlib
import io
import itertools
import os
import sys
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pytest
import scipy.io.matlab._mio
from PIL import Image
from torch._utils import ExceptionWrapper

from wsss.brought.account import Account
from wsss.brought.annotation_settings import AnnotationSettings
from wsss.brought.annotations import add_annotations
from wsss.brought.checks import note_unusable
from wsss.brought.corrections import add_corrections
from wsss.brought.mask_doubts import note_mask_doubts
from wsss.brought.table_excel import read_excel
from wsss.brought.tag_tables import read_tags
from wsss.data import file_cache
from wsss.data.file_cache import FileCache
from wsss.data.images import read_photo, write_labels
from wsss.data.index import Index
from wsss.data.npy import read_npz
from wsss.data.open_image import open_image, read_orientation
from wsss.data.photo import Photo
from wsss.data.scene_files import SceneFile
from wsss.datasets import fetch
from wsss.datasets.coco_download import unpack
from wsss.datasets.dataset_file import sum_pixels
from wsss.datasets.download import _sbd_mask, extract
from wsss.datasets.state import folder_state
from wsss.run.errors import MAY_PASS, UserError, line_of, may_pass
from wsss.score.bootstrap import Counts

PASSING = [errno.EIO, errno.EMFILE, errno.ENOMEM, errno.ESTALE]
WRONG = ("delete", "replace", "mend", "remake", "save it", "run that stage")
"""ways out for a damaged file"""


class Failing:
    """A function of which `times` calls from the `first` on raise an error."""

    def __init__(self, real, error, times=sys.maxsize, first=0):
        self.real, self.error, self.calls = real, error, itertools.count()
        self.failing = range(first, first + times)

    def __call__(self, *args, **options):
        if next(self.calls) in self.failing:
            raise self.error
        return self.real(*args, **options)


def system_error(number, path="x"):
    return OSError(number, os.strerror(number), str(path))


def check_passes(read, *words):
    """`read` says that its error may pass, and of no file that it is damaged."""
    with pytest.raises((OSError, UserError)) as caught:
        read(*words)
    line = line_of(caught.value)
    assert MAY_PASS in line and not any(word in line for word in WRONG), line
    assert may_pass(caught.value) and "\n" not in line


@pytest.mark.parametrize("number", PASSING)
@pytest.mark.parametrize("times", [1, 99])
def test_archive_is_not_damaged_where_the_disk_fails(number, times, tmp_path, monkeypatch):
    """Tarfile takes the error for another compression, and a user would download 2 GB again."""
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("x"))
    read = Failing(gzip.GzipFile.read, system_error(number), times)
    monkeypatch.setattr("gzip.GzipFile.read", lambda *words: read(*words))
    check_passes(extract, tmp_path / "a.tgz", tmp_path / "out")
    monkeypatch.undo()
    extract(tmp_path / "a.tgz", tmp_path / "out")
    assert (tmp_path / "out/x").exists()


@pytest.mark.parametrize("ending", ["", ":gz", ":bz2", ":xz"])
def test_archives_of_each_compression_are_unpacked(ending, tmp_path):
    with tarfile.open(tmp_path / "a", f"w{ending}") as tar:
        added = tarfile.TarInfo("x")
        added.size = 3
        tar.addfile(added, io.BytesIO(b"abc"))
    extract(tmp_path / "a", tmp_path / "out")
    assert (tmp_path / "out/x").read_bytes() == b"abc"


ZIPS = {
    "archive": lambda path: unpack(path, path.parent),
    "arrays": read_npz,
    "scene": SceneFile,
    "counts": Counts.load,
    "sheets": read_excel,
}


@pytest.mark.parametrize("name", ZIPS)
@pytest.mark.parametrize("number", PASSING)
def test_zip_is_not_damaged_where_the_disk_fails(name, number, tmp_path, monkeypatch):
    """Zipfile calls every error of the system a bad zip file."""
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as file:
        file.writestr("x", "x")
    monkeypatch.setattr("zipfile._EndRecData", Failing(None, system_error(number), 1))
    check_passes(ZIPS[name], tmp_path / "x.xlsx")


def test_other_errors_of_these_libraries_are_damage(tmp_path):
    (tmp_path / "x.xlsx").write_bytes(b"PK\3\4 damaged")
    for read in (*ZIPS.values(), lambda path: extract(path, tmp_path), _sbd_mask):
        with pytest.raises(UserError) as caught:
            read(tmp_path / "x.xlsx")
        assert not caught.value.passes and MAY_PASS not in str(caught.value)


def test_matlab_file_is_not_damaged_where_no_file_can_be_opened(tmp_path, monkeypatch):
    """Scipy raises an error of its own, without a number."""
    opened = Failing(open, system_error(errno.EMFILE))
    monkeypatch.setattr(scipy.io.matlab._mio, "open", opened, raising=False)
    check_passes(_sbd_mask, tmp_path / "x.mat")


def test_lack_of_memory_is_no_damage(tmp_path, monkeypatch):
    """Some libraries say it in a text alone, and some readers catch all that a library raises."""
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(tmp_path / "p.jpg")
    (tmp_path / "t.xml").write_text("<annotation/>")
    decoder = SimpleNamespace(
        pulls_fd=False, setimage=lambda *_: None, decode=lambda _: (-1, -9), cleanup=lambda: None
    )
    monkeypatch.setattr("PIL.Image._getdecoder", lambda *_: decoder)
    check_passes(read_photo, tmp_path / "p.jpg")
    lacking = ElementTree.ParseError("out of memory: line 1, column 0")
    monkeypatch.setattr(ElementTree, "parse", Failing(None, lacking))
    check_passes(read_tags, tmp_path / "t.xml")
    monkeypatch.setattr(openpyxl, "load_workbook", Failing(None, MemoryError()))
    check_passes(read_excel, tmp_path / "p.jpg")


def test_a_stage_in_which_torch_has_no_memory_ends_with_one_line(tmp_path, stage, monkeypatch):
    text = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."
    monkeypatch.setattr("clean.main", Failing(None, RuntimeError(text)))
    ended = stage("clean", "--folders", tmp_path / "x")
    assert ended.returncode == 1 and ended.stderr.startswith("error: out of memory; run")
    monkeypatch.setattr("clean.main", Failing(None, RuntimeError("shape mismatch")))
    with pytest.raises(RuntimeError, match="shape"):
        stage("clean", "--folders", tmp_path / "x")


@pytest.mark.parametrize("number", PASSING)
def test_an_error_in_a_process_that_loads_photos_is_one_line(number):
    """Torch raises it again with a traceback for its text, and without its number."""
    try:
        raise system_error(number, "a b.png")
    except OSError:
        wrapped = ExceptionWrapper(where="in DataLoader worker process 0")
    with pytest.raises(OSError, match="Traceback") as caught:
        wrapped.reraise()
    assert line_of(caught.value) == (
        f"[Errno {number}] {os.strerror(number)}: 'a b.png'; {MAY_PASS}"
    )


def test_photo_is_not_left_unturned_where_its_exif_cannot_be_read_now(tmp_path, monkeypatch):
    """PIL reads the EXIF of a PNG when it is asked for, behind the pixels."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (9, 5)).save(tmp_path / "p.png", exif=exif)
    monkeypatch.setattr("PIL.Image.Image.getexif", Failing(None, system_error(errno.EIO), 1))

    def look():
        with open_image(tmp_path / "p.png", "photo", "replace it") as image:
            return read_orientation(image)

    check_passes(look)


def test_an_archive_that_has_arrived_is_not_deleted(tmp_path, monkeypatch):
    """An error of the disk is no other md5."""

    def arrive(url, part, setting):
        part.write_bytes(b"abc")
        monkeypatch.setattr("os.stat", Failing(os.stat, system_error(errno.ESTALE), 1))

    monkeypatch.setattr(fetch, "_download_rest", arrive)
    archive = fetch.fetch("http://x/a.tar", hashlib.md5(b"abc").hexdigest(), tmp_path)
    assert archive.read_bytes() == b"abc"


@pytest.fixture
def index(tmp_path):
    """An index of two photos with masks that contradict tags; one has a stroke PNG, one strokes."""
    photos, rng = {}, np.random.default_rng(0)
    for folder in ("photos", "strokes", "corrected"):
        (tmp_path / folder).mkdir()
    for name in ("a", "b"):
        path = tmp_path / "photos" / f"{name}.png"
        Image.fromarray(rng.integers(0, 255, (30, 40, 3), np.uint8)).save(path)
        labels = np.full((30, 40), 2, np.uint8)
        labels[:9] = 0
        write_labels(tmp_path / f"{name}_mask.png", labels)
        write_labels(tmp_path / "corrected" / f"{name}.png", labels)
        masks = {"mask": str(tmp_path / f"{name}_mask.png")}
        photos[name] = Photo(name, f"{name}.png", (1,), masks)
    write_labels(tmp_path / "strokes" / "a.png", labels // 2)
    (tmp_path / "strokes" / "b.txt").write_text("cat,1,2,30,2\n")
    return Index("x", ("cat", "dog"), str(tmp_path / "photos"), photos, {"train": ("a", "b")})


def annotate(index, account, cache):
    """What is in the index after strokes were added."""
    settings = AnnotationSettings(scribbles=str(Path(index.root).parent / "strokes"))
    return add_annotations(index, settings, "train", account, cache)


def correct(index, account, cache):
    """What is in the index after corrections were added."""
    return add_corrections(index, str(Path(index.root).parent / "corrected"), "train", cache)


READERS = {
    "strokes": annotate,
    "corrections": correct,
    "unusable": note_unusable,
    "doubts": note_mask_doubts,
    "pixels": lambda index, account, cache: sum_pixels(index, cache),
}


@pytest.mark.parametrize("name", READERS)
def test_nothing_is_left_out_for_an_error_that_passes(name, index, monkeypatch):
    """Whichever reads fail: the reader says so, or gives what it gives without an error."""
    whole = Account()
    expected = READERS[name](index, whole, FileCache(index.root))
    real, failures = file_cache.digest_of_file, 0
    for first, times in itertools.product(range(4), (1, 2, 5)):
        failing = Failing(real, system_error(errno.EIO), times, first)
        monkeypatch.setattr(file_cache, "digest_of_file", failing)
        account = Account()
        try:
            found = READERS[name](index, account, FileCache(index.root))
        except UserError as error:
            failures += 1
            assert error.passes and not any(word in str(error) for word in WRONG), error
        else:
            assert found == expected and vars(account) == vars(whole)
    assert failures


def test_a_listing_does_not_call_a_file_missing_that_cannot_be_looked_at(tmp_path, monkeypatch):
    """Else an index could count as current, though a list has come since."""
    (tmp_path / "tags.csv").write_text("a")
    before = folder_state(tmp_path, tags=tmp_path / "tags.csv")
    failures = 0
    for first in range(9):
        with monkeypatch.context() as patch:
            patch.setattr("os.stat", Failing(os.stat, system_error(errno.ESTALE), 1, first))
            try:
                assert folder_state(tmp_path, tags=tmp_path / "tags.csv") == before
            except OSError as error:
                failures += MAY_PASS in line_of(error)
    assert failures > 1


def test_an_error_with_a_number_of_its_own_hides_none():
    """It was raised while another one was handled, such as when a stage tidies up."""
    try:
        try:
            raise OSError(errno.EIO, "Input/output error")
        except OSError:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
    except FileNotFoundError as error:
        assert not may_pass(error)
