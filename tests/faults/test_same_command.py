"""After a fault the same command helps: kills while something is deleted or unpacked, errors of the
system that pass, and files that the user made by hand.
"""

import errno
import io
import os
import resource
import shutil
import tarfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.conftest import write_record
from wsss.brought.checks import find_unusable
from wsss.data.images import count_frames, read_labels, read_photo, write_labels
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.data.maps import OPEN, MapReader, ScoreMap, map_writer
from wsss.data.photo import Photo
from wsss.data.priors import read_factors
from wsss.data.walk import _is
from wsss.datasets.dataset_file import read_earlier
from wsss.datasets.download import extract, prepare_voc
from wsss.datasets.voc_download_settings import DownloadSettings
from wsss.export.mask_folder import claim
from wsss.nets.models import read_description, read_tensors
from wsss.report.integrity import find_states
from wsss.run.artifacts import verify
from wsss.run.errors import MAY_PASS, TransientError, UserError, line_of
from wsss.run.files import atomic, delete_folder
from wsss.run.lock import hold
from wsss.run.records import content_digest, read_record
from wsss.run.start import started
from wsss.score.bootstrap import Counts
from wsss.training.runtime import lock_folder
from wsss.training.spent import Spent

PASSING = [errno.EMFILE, errno.ENFILE, errno.EIO, errno.ESTALE, errno.ENOMEM, errno.EAGAIN]
READERS = {
    "p.png": read_photo,
    "l.png": read_labels,
    "m.h5": lambda path: MapReader([path])["p"],
    "index.json": Index.load,
    "priors.json": lambda path: read_factors(path, ("a",)),
    "s.npz": Counts.load,
    "m.safetensors": read_tensors,
    "d": read_description,
}


class Killed(BaseException):
    """Stands for SIGKILL."""


def write_maps(path, ids):
    with map_writer(path) as writer:
        for photo_id in ids:
            scores = np.ones((1, 2, 3), np.float32)
            writer.add(photo_id, ScoreMap("cam", np.array([1]), scores, (8, 12)))


@pytest.fixture
def files(tmp_path):
    """A whole file for each of READERS."""
    write_labels(tmp_path / "p.png", np.zeros((4, 6), np.uint8))
    write_labels(tmp_path / "l.png", np.zeros((4, 6), np.uint8))
    write_maps(tmp_path / "m.h5", ["p"])
    photos = {"p": Photo("p", "p.png", ())}
    Index("x", ("a",), str(tmp_path), photos, {"train": ("p",)}).save(tmp_path / "index.json")
    for name in ("priors.json", "m.safetensors", "d", "d.json"):
        (tmp_path / name).write_text("{}")
    Counts(("p",), np.zeros((1, 2, 3), int)).save(tmp_path / "s.npz")
    return tmp_path


@pytest.fixture
def few_files():
    """No file can be opened by this process within the test's block `with few_files:`."""

    class Few:
        def __enter__(self):
            self.before = resource.getrlimit(resource.RLIMIT_NOFILE)
            used = max(map(int, os.listdir("/proc/self/fd")))
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, self.before[1]))
            return used

        def __exit__(self, *error):
            resource.setrlimit(resource.RLIMIT_NOFILE, self.before)

    return Few()


@pytest.mark.parametrize("name", READERS)
def test_too_many_open_files_are_no_damage(name, files, few_files):
    with few_files, pytest.raises((UserError, OSError)) as caught:
        READERS[name](files / name)
    line = line_of(caught.value)
    assert MAY_PASS in line, line
    assert not any(word in line for word in ("delete", "replace", "rm -rf", "remake")), line
    assert getattr(caught.value, "passes", True)


@pytest.mark.parametrize("number", PASSING)
def test_errors_that_pass_are_said_to_pass(number, files, monkeypatch):
    error = OSError(number, os.strerror(number), "p.png")
    assert MAY_PASS in line_of(error)
    monkeypatch.setattr("PIL.Image.open", raise_error(error))
    with pytest.raises(UserError, match=f"{os.strerror(number)}.*{MAY_PASS}") as caught:
        read_photo(files / "p.png")
    assert caught.value.passes


def raise_error(error):
    def fail(*args, **options):
        raise error

    return fail


def test_other_errors_are_not_said_to_pass(files):
    for error in (PermissionError(errno.EACCES, "Permission denied", "p"), ValueError("x 24")):
        assert MAY_PASS not in line_of(error if isinstance(error, OSError) else UserError("x"))
    with pytest.raises(UserError, match="replace the file") as caught:
        read_photo(files / "priors.json")
    assert not caught.value.passes and TransientError("x").passes


def test_a_job_whose_error_may_pass_is_tried_again(files, stage, few_files, monkeypatch):
    """Of others a note is written, by which the next try ends at once."""
    monkeypatch.setenv("WSSS_RUN_ID", "run 1")
    words = ["--index", files / "index.json", "--masks", files, "--split", "train"]
    monkeypatch.setattr("PIL.Image.open", raise_error(OSError(errno.EIO, "Input/output error")))
    ended = stage("gather_masks", *words, "--out", files / "out")
    assert ended.returncode == 1 and MAY_PASS in ended.stderr
    assert not list(files.glob(".out.refused.json"))
    (files / "p.png").write_text("damaged")
    monkeypatch.undo()
    monkeypatch.setenv("WSSS_RUN_ID", "run 1")
    ended = stage("gather_masks", *words, "--out", files / "out")
    assert ended.returncode == 1 and list(files.glob(".out.refused.json"))


def test_photos_are_not_left_out_for_an_error_that_passes(files, monkeypatch):
    index = Index.load(files / "index.json")
    monkeypatch.setattr("PIL.Image.open", raise_error(OSError(errno.EMFILE, "Too many open files")))
    with pytest.raises(UserError, match=MAY_PASS):
        find_unusable(index)


def test_records_are_not_missing_for_an_error_that_passes(files, few_files):
    path = files / "p.png"
    write_record(path, outputs={"p.png": content_digest(path)})
    for read in (read_record, verify, lambda p: find_states(str(p.parent))):
        with few_files, pytest.raises((OSError, UserError)) as caught:
            read(path)
        assert MAY_PASS in line_of(caught.value)


def test_a_held_lock_names_the_other_run(tmp_path, monkeypatch):
    """The system calls it EAGAIN, which else may pass."""
    monkeypatch.setattr("fcntl.flock", raise_error(BlockingIOError(errno.EAGAIN, "x")))
    with pytest.raises(UserError, match="wait for it, stop it"):
        hold(tmp_path / ".lock")


def test_a_reader_of_many_shards_keeps_few_open(tmp_path):
    paths = []
    for k in range(OPEN + 8):
        paths.append(tmp_path / f"{k}.h5")
        write_maps(paths[-1], [f"p{k}", f"q{k}"])
    reader, before = MapReader(paths), count_open()
    for k in (*range(OPEN + 8), *range(OPEN + 8)):
        assert reader[f"q{k}"].scores.shape == (1, 2, 3)
        assert count_open() - before <= OPEN
    assert count_open() > before


def count_open():
    return len([name for name in os.listdir("/proc/self/fd") if Path("/proc/self/fd", name).exists()
                and os.readlink(f"/proc/self/fd/{name}").endswith(".h5")])  # fmt: skip


def test_killed_deletion_leaves_no_half_folder(tmp_path, monkeypatch):
    folder = tmp_path / "cams-0123456789ab"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / name).write_bytes(bytes(100))
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", raise_error(Killed()))
        with pytest.raises(Killed):
            delete_folder(folder)
    assert not folder.exists()
    assert delete_folder(folder) == 200  # the same call again deletes the rest
    assert list(tmp_path.iterdir()) == [] and delete_folder(folder) is None


def test_clean_deletes_what_a_kill_has_left(tmp_path, stage, monkeypatch):
    folder = tmp_path / "cams-0123456789ab"
    (folder / "maps").mkdir(parents=True)
    (folder / "maps" / "a").write_bytes(bytes(10))
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", raise_error(Killed()))
        with pytest.raises(Killed):
            stage("clean", "--folders", folder)
    assert not folder.exists() and list(tmp_path.iterdir())
    assert stage("clean", "--folders", folder).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_killed_extraction_is_removed_by_the_next_start(tmp_path, monkeypatch):
    archive = tmp_path / "voc.tar"
    with tarfile.open(archive, "w") as tar:
        tar.addfile(tarfile.TarInfo("VOC2012/x"), io.BytesIO(b""))
    monkeypatch.setattr("wsss.datasets.download.fetch", lambda *words: archive)
    monkeypatch.setattr("wsss.datasets.download.sorted", raise_error(Killed()), raising=False)
    monkeypatch.setattr("wsss.datasets.download.shutil.rmtree", lambda *words, **options: None)
    monkeypatch.setattr("wsss.run.files._remove", lambda path: None)  # a kill runs no `finally`
    out = tmp_path / "out" / "photos"
    with pytest.raises(Killed), atomic(out) as folder:
        prepare_voc(folder, tmp_path, DownloadSettings(), False)
    assert [path.name for path in out.parent.rglob("x")] == ["x"]
    monkeypatch.undo()
    with atomic(out) as folder:
        folder.mkdir()
    assert [path.name for path in out.parent.iterdir()] == ["photos"]


def test_full_disk_is_no_damaged_archive(tmp_path, monkeypatch):
    full = OSError(errno.ENOSPC, "No space left on device")
    (tmp_path / "a.tar").touch()
    monkeypatch.setattr("tarfile.open", raise_error(full))
    with pytest.raises(OSError, match="No space left"):
        extract(tmp_path / "a.tar", tmp_path)


@pytest.mark.parametrize("name", ["m.h5", "priors.json", "s.npz", "m.safetensors", "d"])
def test_nothing_is_said_of_deleting_files_of_the_user(name, files):
    for damaged in (files / name, files / f"{name}.json"):
        damaged.write_bytes(b"\0damaged")
    with pytest.raises(UserError) as caught:
        READERS[name](files / name)
    assert "delete" not in str(caught.value) and "rm " not in str(caught.value)
    write_record(files / name, outputs={name: content_digest(files / name)})
    (files / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55")
    with pytest.raises(UserError, match=rf"remake it: rm -rf .*{name}"):
        READERS[name](files / name)


def test_missing_files_of_the_user_are_to_be_added(tmp_path):
    write_maps(tmp_path / "m.h5", ["p"])
    for read in (LabelFolder([tmp_path]), MapReader([tmp_path / "m.h5"])):
        with pytest.raises(UserError, match="add it") as caught:
            read["q"]
        assert "delete" not in str(caught.value)


def test_no_reader_tells_to_delete_what_it_cannot_read():
    """They say `way_out` (wsss/run/artifacts.py), which knows what a stage made."""
    root = Path(__file__).parents[2]
    for path in [*(root / "wsss").rglob("*.py"), *(root / "stages").glob("*.py")]:
        text = path.read_text()
        assert "delete these" not in text and "delete the file" not in text, path


def test_damaged_shard_is_still_refused(tmp_path):
    write_maps(tmp_path / "m.h5", ["p"])
    with h5py.File(tmp_path / "m.h5", "a") as file:
        file["q"] = np.zeros(3)
    with pytest.raises(UserError, match=r"photo q .* damaged"):
        MapReader([tmp_path / "m.h5"])["p"]


def make_folder(out, then=None):
    """What a stage does that makes the folder `out`."""
    with started([str(out)]):
        with atomic(out) as folder:
            folder.mkdir()
            (folder / "made").touch()
        if then:
            raise then
        write_record(out)


def test_folder_of_the_users_is_never_replaced(tmp_path):
    """Such as that of the photos, named as --out by mistake."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match=r"/out is a folder with files that this program did not"):
        make_folder(out)
    with pytest.raises(UserError, match="would be deleted"), started([]), atomic(out) as temporary:
        temporary.write_text("a file in its place")
    assert os.listdir(tmp_path) == ["out"] and (out / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("failure", [Killed(), OSError(errno.ENOSPC, "no room")])
def test_folder_whose_notes_were_not_written_is_made_again(failure, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(type(failure)):
        make_folder(out, failure)
    make_folder(out)
    make_folder(out)
    assert sorted(os.listdir(tmp_path)) == ["out", "out.prov.json"]


def test_errors_that_pass_leave_nothing_out(tmp_path, monkeypatch):
    """A photo would be left out, or a person told to delete what is whole."""
    for name in ("made_by.txt", "pets.yaml", "spent.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "link").symlink_to("link")
    assert _is((tmp_path / "link").is_dir) is False
    broken = OSError(errno.ESTALE, "Stale file handle")
    for read in (Path.read_text, Path.read_bytes):
        monkeypatch.setattr(Path, read.__name__, raise_error(broken))
    for look in (
        lambda: _is(raise_error(broken)),
        lambda: read_earlier(tmp_path / "pets.yaml", "photos"),
        lambda: Spent(tmp_path),
        lambda: claim(tmp_path, {}),
    ):
        with pytest.raises(OSError, match="Stale"):
            look()


def test_frames_are_not_counted_as_one_where_a_file_cannot_be_read_now(files, few_files):
    with few_files, pytest.raises(UserError, match=MAY_PASS):
        count_frames(files / "p.png")
    (files / "p.png").write_text("damaged")
    assert count_frames(files / "p.png") == 1


def test_file_system_without_locks_is_said_to_be_one(tmp_path, monkeypatch):
    """Else it would seem that another run works there, for ever."""
    none = OSError(errno.ENOLCK, "No locks available")
    monkeypatch.setattr("fcntl.flock", raise_error(none))
    with pytest.raises(UserError, match=r"\.lock cannot be locked \(No locks available\)"):
        hold(tmp_path / ".lock")
    with pytest.raises(OSError, match="No locks"), lock_folder(tmp_path, "m.safetensors"):
        pass
