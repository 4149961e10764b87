"""Downloads COCO and unpacks what an index reads of it."""

import zipfile
import zlib
from pathlib import Path

from wsss.data.shards import show_progress
from wsss.datasets.coco_download_settings import CocoDownloadSettings
from wsss.datasets.coco_layout import SPLITS, CocoFolder
from wsss.datasets.fetch import fetch
from wsss.run.errors import UserError
from wsss.run.files import check_room, require_file


def prepare_coco(out: Path, downloads: Path, settings: CocoDownloadSettings, year: int) -> None:
    """Write a folder in COCO's layout at `out`; archives are kept in `downloads`.

    Of the annotations only the instances are unpacked. UserError when an archive cannot be
    downloaded, has another md5, or lacks the expected files.
    """
    folder, md5 = CocoFolder(out, year), settings.model_dump()
    url = f"{settings.url}/annotations/annotations_trainval{year}.zip"
    members = [str(folder.annotations(split).relative_to(out)) for split in SPLITS]
    unpack(_fetch(url, md5[f"annotations{year}_md5"], downloads), out, members)
    for split in SPLITS:
        url = f"{settings.url}/zips/{split}{year}.zip"
        unpack(_fetch(url, md5[f"{split}{year}_md5"], downloads), out)
        if not folder.photos(split).is_dir():
            raise UserError(
                f"archive {url} holds no folder {split}{year}/; set coco_download.url to COCO's"
            )


def _fetch(url: str, md5: str, downloads: Path) -> Path:
    """The path of an archive, which is downloaded unless it is there."""
    return fetch(url, md5, downloads, "coco_download.url")


def unpack(archive: Path, folder: Path, members: list[str] | None = None) -> None:
    """Unpack a zip archive, or some members of it; UserError if one is missing or damaged.

    zipfile itself takes absolute paths and ".." out of the names.
    """
    try:
        with zipfile.ZipFile(require_file(archive)) as opened:
            needed = sum(member.file_size for member in opened.infolist())
            check_room(folder, needed, f"unpacking {archive.name}")
            for name in show_progress(members or opened.namelist(), "file"):
                opened.extract(name, folder)
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, RuntimeError, zlib.error) as error:
        if getattr(error, "errno", None) is not None:
            raise  # the disk is full, or the like: the archive is good
        why = " ".join(str(error).split())
        raise UserError(f"archive {archive} cannot be unpacked ({why}); delete it and rerun")
