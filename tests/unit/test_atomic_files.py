"""Files and folders that are written whole or not at all."""

import os
import subprocess

from wsss.run.files import atomic
from wsss.run.processes import start_of


def test_temporary_file_of_a_running_process_is_kept(tmp_path):
    other = subprocess.Popen(["sleep", "60"])
    left = tmp_path / f".out.{other.pid}-{start_of(other.pid)}.tmp"
    try:
        for text in ("first", "second"):
            left.write_text("not yet whole")
            with atomic(tmp_path / "out") as temporary:
                temporary.write_text(text)
            assert left.exists() == (text == "first")
            other.kill()
            other.wait()
    finally:
        other.kill()


def test_file_mode_follows_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        with atomic(tmp_path / "model") as temporary:
            temporary.touch(mode=0o600)  # as safetensors does
    finally:
        os.umask(before)
    assert (tmp_path / "model").stat().st_mode & 0o777 == 0o640


def test_folder_replaces_a_file_or_a_folder(tmp_path):
    (tmp_path / "out").write_text("a file")
    for name in ("a", "b"):
        with atomic(tmp_path / "out") as temporary:
            temporary.mkdir()
            (temporary / name).touch()
        assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == [
            "out",
            f"out/{name}",
        ]


def test_file_is_flushed_before_its_folder(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(
        os, "fsync", lambda opened: flushed.append(os.readlink(f"/proc/self/fd/{opened}"))
    )
    with atomic(tmp_path / "out") as temporary:
        temporary.mkdir()
        (temporary / "a").touch()
    assert flushed == [str(temporary / "a"), str(tmp_path)]


def test_temporary_file_of_a_killed_process_is_removed(tmp_path):
    (tmp_path / ".out.99999.tmp").mkdir()
    (tmp_path / ".other.99999.tmp").write_text("of another file")
    with atomic(tmp_path / "out") as temporary:
        temporary.write_text("whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".other.99999.tmp", "out"]
