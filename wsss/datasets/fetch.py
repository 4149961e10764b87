"""Downloads archives by their md5. What an interrupted download has got is kept, and the next one
goes on from there.
"""

from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from torchvision.datasets.utils import check_md5
from tqdm import tqdm

from wsss.run.errors import TransientError, UserError
from wsss.run.files import check_room
from wsss.run.progress import Progress

CHUNK = 2**20
"""bytes that are read at once"""
WAIT = 60
"""seconds without a byte after which a connection counts as broken"""
PARTIAL, COMPLETE = 206, 416
"""the answers of HTTP to a request from a byte on: the rest follows; there is no rest"""


def fetch(url: str, md5: str, folder: Path, setting: str = "download.*") -> Path:
    """The path in `folder` of the archive at `url`; downloaded unless a file with this md5 exists.

    UserError when the download fails or has another md5; it names the `setting` of the mirror.
    TransientError when a connection breaks after some of the archive has arrived.
    """
    path = folder / url.rsplit("/", 1)[-1]
    if path.is_file() and check_md5(str(path), md5):
        return path
    part = path.with_name(f"{path.name}.part")
    _download_rest(url, part, setting)
    if not check_md5(str(part), md5):
        part.unlink(missing_ok=True)
        raise _refusal(url, f"its md5 is not {md5}", setting)
    part.replace(path)
    return path


def _download_rest(url: str, part: Path, setting: str) -> None:
    """Append to the file `part` what it lacks of the archive at `url`."""
    part.parent.mkdir(parents=True, exist_ok=True)
    if part.is_symlink():  # what it leads to would be written
        part.unlink()
    before = _size(part)
    try:
        _request(url, part)
    except (OSError, ValueError, HTTPException) as error:
        why = " ".join(str(error).split())
        if _size(part) <= before:
            raise _refusal(url, why, setting)
        raise TransientError(
            f"the download of {url} ended after {_size(part) / 1e6:.0f} MB ({why}); type the same "
            "command again, and it goes on from there"
        )


def _refusal(url: str, why: str, setting: str) -> UserError:
    """The error for an archive that cannot be had."""
    return UserError(
        f"{url} could not be downloaded ({why}); check the network, or set {setting} to another "
        "mirror, or data_root to a copy on disk"
    )


def _size(path: Path) -> int:
    """Bytes of a file; 0 if there is none."""
    return path.stat().st_size if path.exists() else 0


def _request(url: str, part: Path) -> None:
    """Ask for the bytes that `part` lacks, and write them.

    A server that knows no ranges sends all of them, which then replace `part`.
    """
    headers = {"User-Agent": "wsss"}
    if _size(part):
        headers["Range"] = f"bytes={_size(part)}-"
    request = Request(url, headers=headers)  # noqa: S310  (the address is a setting of the user's)
    try:
        answer = urlopen(request, timeout=WAIT)  # noqa: S310
    except HTTPError as error:
        if error.code == COMPLETE:
            return
        raise
    with answer, part.open("ab" if answer.status == PARTIAL else "wb") as file:
        _copy(answer, file)


def _copy(answer: Any, file: IO[bytes]) -> None:
    """Copy an answer to the end of a file. ConnectionError if it is shorter than it says."""
    first, lacking = file.tell(), int(answer.headers.get("Content-Length", 0))
    whole = first + lacking
    check_room(file.name, lacking, f"the download of {Path(file.name).stem}")
    progress = Progress(whole // CHUNK, "MiB", first // CHUNK)
    with tqdm(total=whole, initial=first, unit="B", unit_scale=True, disable=None) as bar:
        while chunk := answer.read(CHUNK):
            file.write(chunk)
            bar.update(len(chunk))
            progress.tell(file.tell() // CHUNK)
    if file.tell() < whole:
        raise ConnectionError(f"{whole - file.tell()} bytes are missing")
