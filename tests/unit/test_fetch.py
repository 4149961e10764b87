"""A download goes on where it ended, and only the archive with the right md5 gets its name."""

import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from wsss.datasets.fetch import fetch
from wsss.run.errors import TransientError, UserError

ARCHIVE = bytes(range(256)) * 40
MD5 = hashlib.md5(ARCHIVE).hexdigest()


class Mirror(BaseHTTPRequestHandler):
    """Serves ARCHIVE, from a byte on if it is asked to."""

    skips, breaks_after = True, len(ARCHIVE)
    """whether it knows ranges, and how many bytes it sends before it closes the connection"""

    def do_GET(self):
        """Send what is asked for, and note from which byte on."""
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(asked[1]) if asked and self.skips else 0
        self.server.asked.append(first)
        rest = ARCHIVE[first:]
        self.send_response((206 if first else 200) if rest else 416)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: self.breaks_after])

    def log_message(self, *arguments):
        """Drop the line."""


@pytest.fixture
def mirror(monkeypatch):
    """A server; `asked` has the first byte of each request, and `url` is that of the archive."""
    monkeypatch.setattr(Mirror, "breaks_after", Mirror.breaks_after)
    with HTTPServer(("127.0.0.1", 0), Mirror) as server:
        server.asked, server.url = [], f"http://127.0.0.1:{server.server_port}/a.zip"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def test_archive_is_downloaded_once(mirror, tmp_path):
    path = fetch(mirror.url, MD5, tmp_path / "new")
    assert path == tmp_path / "new" / "a.zip" and path.read_bytes() == ARCHIVE
    assert fetch(mirror.url, MD5, tmp_path / "new") == path
    assert mirror.asked == [0]
    assert list(path.parent.iterdir()) == [path]


def test_broken_download_goes_on_where_it_ended(mirror, tmp_path):
    Mirror.breaks_after = 7_000
    with pytest.raises(TransientError, match=r"a\.zip ended .*\(3240 bytes are missing"):
        fetch(mirror.url, MD5, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip.part"]
    assert fetch(mirror.url, MD5, tmp_path).read_bytes() == ARCHIVE
    assert mirror.asked == [0, 7_000]


@pytest.mark.parametrize("kept", [0, 100, len(ARCHIVE)])
def test_server_without_ranges_sends_all_again(mirror, tmp_path, monkeypatch, kept):
    monkeypatch.setattr(Mirror, "skips", False)
    (tmp_path / "a.zip.part").write_bytes(b"x" * kept)
    assert fetch(mirror.url, MD5, tmp_path).read_bytes() == ARCHIVE


def test_download_that_was_killed_at_its_end_is_taken(mirror, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(ARCHIVE)
    assert fetch(mirror.url, MD5, tmp_path).read_bytes() == ARCHIVE
    assert mirror.asked == [len(ARCHIVE)]


def test_bytes_of_another_archive_are_dropped(mirror, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(b"x" * 100)
    with pytest.raises(UserError, match=f"its md5 is not {MD5}"):
        fetch(mirror.url, MD5, tmp_path)
    assert not list(tmp_path.iterdir())
    assert fetch(mirror.url, MD5, tmp_path).read_bytes() == ARCHIVE


def test_archive_on_disk_with_another_md5_is_replaced(mirror, tmp_path):
    (tmp_path / "a.zip").write_bytes(b"half of it")
    assert fetch(mirror.url, MD5, tmp_path).read_bytes() == ARCHIVE


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/a.zip", "nowhere/a.zip"])
def test_address_that_cannot_be_reached_is_refused(tmp_path, url):
    with pytest.raises(UserError, match=r"could not be downloaded .* set x\.url") as error:
        fetch(url, MD5, tmp_path, "x.url")
    assert not error.value.passes
