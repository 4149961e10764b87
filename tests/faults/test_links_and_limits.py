"""Links where the program writes and deletes, names that are not in UTF-8, and limits of the
system.
"""

import errno
import os
import zipfile
from pathlib import Path

import pytest
import torch

from wsss.datasets.coco_download import unpack
from wsss.export import network_files
from wsss.export.mask_folder import TABLE, Made, MaskFolder, check_inside
from wsss.plan.startup import check_logs
from wsss.run.errors import UserError, line_of
from wsss.run.files import atomic, delete_folder
from wsss.run.lock import holding
from wsss.run.records import content_digest
from wsss.run.user_files import stat_digest
from wsss.training import checkpoint


@pytest.mark.parametrize("place", ["train.log", "voc/cams/0-of-1.log", "voc/other"])
def test_link_below_the_logs_is_refused(place, tmp_path):
    """The shell would empty the file that it leads to."""
    logs, victim = tmp_path / "logs", tmp_path / "victim"
    (logs / "voc/cams").mkdir(parents=True)
    (logs / "voc/cams/1-of-2.log").write_text("")
    check_logs(logs)
    check_logs(tmp_path / "missing")
    (victim.mkdir if place.endswith("other") else victim.touch)()
    (logs / place).symlink_to(victim)
    with pytest.raises(UserError, match=rf"logs/{place} is a symbolic link"):
        check_logs(logs)


def test_folder_of_logs_may_itself_be_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/a.log").touch()
    (tmp_path / "logs").symlink_to(tmp_path / "disk")
    check_logs(tmp_path / "logs")


def test_of_a_linked_folder_only_the_link_is_deleted(tmp_path):
    step, kept = tmp_path / "psa-0123", tmp_path / "disk"
    kept.mkdir()
    (kept / "file").write_text("kept")
    step.symlink_to(kept)
    assert delete_folder(step) == 0
    (tmp_path / ".psa-0123.deleted").symlink_to(kept)  # as an earlier version left it
    assert delete_folder(step) == 0 and delete_folder(step) is None
    assert os.listdir(tmp_path) == ["disk"] and (kept / "file").read_text() == "kept"


def test_names_of_files_need_not_be_text(tmp_path):
    """Such as a user's saliency maps, which a setting names."""
    with open(os.fsencode(tmp_path) + b"/caf\xe9.png", "wb"):
        pass
    before = content_digest(tmp_path), stat_digest(tmp_path)
    (tmp_path / "café.png").touch()
    after = content_digest(tmp_path), stat_digest(tmp_path)
    assert before[0] != after[0] and before[1] != after[1]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_write_that_is_refused_names_its_file(number, tmp_path):
    with pytest.raises(OSError) as error, atomic(tmp_path / "x.json"):
        raise OSError(number, os.strerror(number))
    assert f"{tmp_path}/x.json" in line_of(error.value)
    assert "make room" in line_of(error.value)
    with pytest.raises(OSError) as error, atomic(tmp_path / "out") as folder, atomic(folder / "x"):
        raise OSError(number, os.strerror(number))
    assert f"{tmp_path}/out;" in line_of(error.value).replace("; the system", ";")
    assert not list(tmp_path.iterdir())


def test_read_that_fails_within_a_write_is_not_laid_to_the_file_written(tmp_path):
    with pytest.raises(OSError) as error, atomic(tmp_path / "x.json"):
        raise OSError(errno.EIO, "Input/output error")
    assert error.value.filename is None


def test_checkpoint_that_cannot_be_written_is_one_line(tmp_path, monkeypatch):
    def refuse(state, path):
        Path(path).write_bytes(b"half")
        raise RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 704 vs 598")

    checkpoint.save_checkpoint(tmp_path, 1, {"step": 1})
    monkeypatch.setattr(torch, "save", refuse)
    with pytest.raises(UserError, match="cannot be written, most likely because its disk is full"):
        checkpoint.save_checkpoint(tmp_path, 2, {"step": 2})
    assert checkpoint.load_checkpoint(tmp_path, torch.device("cpu")) == {"step": 1}
    assert len(list(tmp_path.iterdir())) == 1
    monkeypatch.setattr(torch, "save", lambda state, path: {}["key"])
    with pytest.raises(KeyError):
        checkpoint.save_checkpoint(tmp_path, 2, {"step": 2})


def test_links_that_appear_during_a_run_are_replaced_not_followed(tmp_path):
    victim, folder = tmp_path / "victim", tmp_path / "disk"
    victim.write_text("kept")
    folder.mkdir()
    (folder / "file").write_text("kept")
    for name, target in (("x.json", victim), ("labels", folder), ("gone", tmp_path / "gone")):
        (tmp_path / name).symlink_to(target)
        with atomic(tmp_path / name) as temporary:
            temporary.mkdir() if name == "labels" else temporary.write_text("new")
        assert not (tmp_path / name).is_symlink()
    (tmp_path / f".state.{os.getpid()}.tmp").symlink_to(victim)
    checkpoint.save_checkpoint(tmp_path, 1, {"step": 1})
    assert victim.read_text() == (folder / "file").read_text() == "kept"


@pytest.mark.parametrize("encrypted", [True, False])
def test_archive_that_zip_cannot_unpack_is_named(encrypted, tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("x", "hello")
    data = bytearray(archive.read_bytes())
    head = data.find(b"PK\1\2")
    for place in (6, head + 8) if encrypted else (8, head + 10):
        data[place] = 1 if encrypted else 97
    archive.write_bytes(data)
    with pytest.raises(UserError, match=r"archive .*a\.zip cannot be unpacked"):
        unpack(archive, tmp_path / "out")


def test_one_run_at_a_time_predicts_into_a_folder(tmp_path):
    second = holding(tmp_path / ".lock")
    refused = pytest.raises(UserError, match=rf"another run works .*{os.getpid()}")
    with holding(tmp_path / ".lock"), refused:
        second.__enter__()
    with holding(tmp_path / ".lock"):
        pass


def test_names_of_photos_are_no_formulas_in_the_table_of_masks(tmp_path):
    masks = MaskFolder(tmp_path / "out", {"model": "m"})
    row = Made("=a.jpg", "=a.png", "-cat;dog", "0.5", "1 2")
    masks.add(row)
    (tmp_path / "out/=a.png").touch()
    line = "'=a.jpg,'=a.png,'-cat;dog,0.5,1 2"
    assert (tmp_path / "out" / TABLE).read_text().splitlines()[1] == line
    masks.finish()
    assert (tmp_path / "out" / TABLE).read_text().splitlines()[1] == line
    assert MaskFolder(tmp_path / "out", {"model": "m"}).has(row.photo, row.mask, row.size_and_time)


def test_masks_do_not_leave_their_folder_by_a_link(tmp_path):
    """Else the mask of a photo that is a PNG would replace the photo."""
    (tmp_path / "photos/sub").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    check_inside(tmp_path / "out", ["a.png", "sub/a.png"])
    (tmp_path / "out/sub").symlink_to(tmp_path / "photos/sub")
    check_inside(tmp_path / "out", ["a.png"])
    with pytest.raises(UserError, match=r"a link leads .*out/sub out of"):
        check_inside(tmp_path / "out", ["a.png", "sub/a.png"])


@pytest.mark.parametrize("differs", [False, True])
def test_card_of_another_network_goes_before_the_network(differs, tmp_path, monkeypatch):
    """A kill before the new card is written must leave none that describes another network."""
    out, card = tmp_path / "n.f", tmp_path / "n.f.json"
    card.write_text("of the old one")
    found = network_files.Difference(1, float("nan") if differs else 0.0, 0, 1)
    monkeypatch.setattr(network_files, "compare", lambda *words: found)
    write = lambda module, path, about: path.write_text("new")  # noqa: E731
    monkeypatch.setattr(network_files, "FORMATS", {"f": (write, lambda path: None)})
    try:
        network_files.export_network(None, torch.nn.Identity(), "f", out, {}, [])
    except UserError:
        assert differs
    assert (out.exists(), card.exists()) == (not differs, differs)
