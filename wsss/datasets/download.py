"""Downloads PASCAL VOC 2012 and SBD, and builds the split `trainaug` from both
(docs/methods.md#data).
"""

import shutil
import tarfile
import zlib
from pathlib import Path
from typing import Literal

import numpy as np
from scipy.io import loadmat

from wsss.data.images import write_labels
from wsss.data.photo import check_id
from wsss.datasets.fetch import fetch
from wsss.datasets.voc_download_settings import DownloadSettings
from wsss.run.errors import UserError
from wsss.run.files import require_file

Mode = Literal["r:", "r:gz", "r:bz2", "r:xz"]
MODES: dict[bytes, Mode] = {b"\x1f\x8b": "r:gz", b"BZh": "r:bz2", b"\xfd7zXZ": "r:xz"}
"""the first bytes of a compressed archive -> how tarfile opens it"""


def extract(archive: Path, folder: Path) -> None:
    """Unpack a tar archive; members that would land outside `folder` are refused."""
    try:
        with tarfile.open(archive, _mode(archive)) as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        if getattr(error, "errno", None) is not None:
            raise  # the disk is full, or the like: the archive is good
        raise UserError(f"archive {archive} cannot be unpacked ({error}); delete it and rerun")


def _mode(archive: Path) -> Mode:
    """How to open an archive. Else tarfile tries each compression in turn, and takes an error of
    the disk for another compression.
    """
    with require_file(archive).open("rb") as file:
        start = file.read(6)
    return next((mode for first, mode in MODES.items() if start.startswith(first)), "r:")


def prepare_voc(out: Path, downloads: Path, settings: DownloadSettings, trainaug: bool) -> None:
    """Write a folder in VOC layout at `out`; archives are kept in `downloads`.

    With `trainaug` it also has SegmentationClassAug/ and the list trainaug.txt. UserError when an
    archive cannot be downloaded or lacks the expected files.
    """
    # `out` is a temporary name; by the ending the next start removes what a kill has left
    unpacked = out.with_suffix(".unpacked.tmp")
    try:
        extract(fetch(settings.voc_url, settings.voc_md5, downloads), unpacked)
        root = next((p.parent for p in sorted(unpacked.rglob("JPEGImages"))), None)
        if root is None:
            raise UserError(
                f"archive {settings.voc_url} holds no folder JPEGImages; set download.voc_url to "
                "VOC 2012"
            )
        if trainaug:
            extract(fetch(settings.sbd_url, settings.sbd_md5, downloads), unpacked / "sbd")
            add_trainaug(root, unpacked / "sbd")
        root.replace(out)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)


def add_trainaug(voc: Path, sbd: Path) -> None:
    """Write SegmentationClassAug/ and trainaug.txt into the VOC folder.

    They hold VOC's train with VOC's masks, and all other photos of SBD that are not in VOC's val,
    with SBD's masks.
    """
    lists, masks = voc / "ImageSets" / "Segmentation", voc / "SegmentationClassAug"
    train, val = (
        (lists / f"{name}.txt").read_text(encoding="utf-8").split() for name in ("train", "val")
    )
    sbd_paths = {path.stem: path for path in sorted(sbd.rglob("cls/*.mat"))}
    if not sbd_paths:
        raise UserError(
            "the SBD archive holds no cls/*.mat; set download.sbd_url to SBD's benchmark.tgz"
        )
    extra = sorted(set(sbd_paths) - set(train) - set(val))
    masks.mkdir()
    for photo_id in train:
        check_id(photo_id)
        shutil.copyfile(voc / "SegmentationClass" / f"{photo_id}.png", masks / f"{photo_id}.png")
    for photo_id in extra:
        write_labels(masks / f"{photo_id}.png", _sbd_mask(sbd_paths[photo_id]))
    (lists / "trainaug.txt").write_text("\n".join([*train, *extra]) + "\n", encoding="utf-8")


def _sbd_mask(path: Path) -> np.ndarray:
    """The class mask, uint8 (H, W), in one of SBD's MATLAB files."""
    try:
        return np.asarray(loadmat(path)["GTcls"]["Segmentation"][0, 0], dtype=np.uint8)
    except Exception as error:  # scipy raises many kinds for a damaged file
        raise UserError(
            f"SBD annotation {path.name} cannot be read ({type(error).__name__}); delete the "
            "downloaded archive and rerun"
        )
