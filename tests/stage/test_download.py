"""The download of VOC and SBD against a local server with small archives of the same layout, broken
ones included.
"""

import hashlib
import io
import json
import tarfile

import numpy as np
import pytest
from scipy.io import savemat

from tests.conftest import check_done, check_refused
from wsss.data.images import read_labels
from wsss.data.index import Index


def add_file(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def write_voc_archive(path, mini_root):
    """The synthetic photos as VOCtrainval: train lists four, val two; two more are SBD's."""
    with tarfile.open(path, "w") as tar:
        for file in sorted(mini_root.rglob("*")):
            name = file.relative_to(mini_root)
            if file.is_file() and "ImageSets" not in name.parts:
                add_file(tar, f"VOCdevkit/VOC2012/{name}", file.read_bytes())
        lists = {"train": [0, 1, 2, 3], "val": [4, 5]}
        for split, numbers in lists.items():
            text = "".join(f"train_{k:04d}\n" for k in numbers)
            add_file(tar, f"VOCdevkit/VOC2012/ImageSets/Segmentation/{split}.txt", text.encode())


def write_sbd_archive(path):
    with tarfile.open(path, "w:gz") as tar:
        for k in (1, 4, 6, 7):
            buffer = io.BytesIO()
            mask = np.full((72, 96), k % 7, np.uint8)
            savemat(buffer, {"GTcls": {"Segmentation": mask, "Boundaries": np.zeros(1)}})
            add_file(tar, f"benchmark_RELEASE/dataset/cls/train_{k:04d}.mat", buffer.getvalue())


def settings_text(server, voc, sbd="none.tgz"):
    """Settings that name two archives of the server with their check sums, as JSON."""
    folder, url = server
    md5 = {
        name: hashlib.md5((folder / name).read_bytes()).hexdigest()
        if (folder / name).exists()
        else "0" * 32
        for name in (voc, sbd)
    }
    return json.dumps(
        {
            "voc_url": f"{url}/{voc}",
            "voc_md5": md5[voc],
            "sbd_url": f"{url}/{sbd}",
            "sbd_md5": md5[sbd],
        }
    )


@pytest.fixture
def download(stage, tmp_path):
    """Run the stage with settings given as JSON."""

    def run(text, *more):
        folders = ["--out", tmp_path / "VOC", "--downloads", tmp_path / "downloads"]
        return stage("download_voc", *folders, "--settings", text, *more)

    return run


def test_trainaug_is_train_and_sbd_without_val(server, mini_root, download, stage, tmp_path):
    write_voc_archive(server[0] / "voc.tar", mini_root)
    write_sbd_archive(server[0] / "sbd.tgz")
    check_done(download(settings_text(server, "voc.tar", "sbd.tgz"), "--trainaug"))
    root, out = tmp_path / "VOC", tmp_path / "index.json"
    listed = (root / "ImageSets/Segmentation/trainaug.txt").read_text().split()
    assert listed == [f"train_{k:04d}" for k in (0, 1, 2, 3, 6, 7)]
    assert (read_labels(root / "SegmentationClassAug/train_0006.png") == 6).all()
    own = (root / "SegmentationClass/train_0001.png").read_bytes()
    assert (root / "SegmentationClassAug/train_0001.png").read_bytes() == own
    given = ["--name", "voc", "--data-root", root, "--train-split", "trainaug", "--out", out]
    check_done(stage("make_index", *given))
    index = Index.load(out)
    splits = index.splits
    assert (len(splits["train"]), len(splits["val"]), len(splits["trainaug"])) == (4, 2, 6)
    assert sorted(splits["tune"] + splits["fit"]) == sorted(splits["trainaug"])
    assert len(splits["tune"]) <= 2
    masks = {photo.id: photo.mask for photo in index.photos.values()}
    assert masks["train_0001"] == "SegmentationClass/train_0001.png"
    assert masks["train_0006"] == "SegmentationClassAug/train_0006.png"


def test_archive_with_another_check_sum_is_refused(server, mini_root, download, tmp_path):
    write_voc_archive(server[0] / "voc.tar", mini_root)
    settings = {**json.loads(settings_text(server, "voc.tar")), "voc_md5": "1" * 32}
    check_refused(download(json.dumps(settings)), "voc.tar", "1" * 32)
    assert not (tmp_path / "VOC").exists()


def write_half_archive(path, mini_root):
    """The first bytes of an archive."""
    write_voc_archive(path, mini_root)
    path.write_bytes(path.read_bytes()[:5000])


def write_text(path, mini_root):
    """A file that is no archive."""
    path.write_text("no archive")


def write_other_archive(path, mini_root):
    """An archive without photos."""
    with tarfile.open(path, "w") as tar:
        add_file(tar, "readme", b"hello")


def write_nothing(path, mini_root):
    """No file at all."""


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (write_nothing, ["data_root"]),
        (write_half_archive, []),
        (write_text, ["unpacked"]),
        (write_other_archive, ["JPEGImages"]),
    ],
)
def test_archive_that_cannot_be_used_is_refused(
    write, words, server, mini_root, download, tmp_path
):
    write(server[0] / f"{write.__name__}.tar", mini_root)
    ended = download(settings_text(server, f"{write.__name__}.tar"))
    name = [] if write is write_other_archive else [f"{write.__name__}.tar"]
    check_refused(ended, *name, *words)
    assert not (tmp_path / "VOC").exists()


def test_archive_that_leaves_its_folder_is_refused(server, download, tmp_path):
    with tarfile.open(server[0] / "evil.tar", "w") as tar:
        add_file(tar, "../../evil.txt", b"x")
    check_refused(download(settings_text(server, "evil.tar")), "evil.tar")
    assert not list(tmp_path.parent.rglob("evil.txt"))


def test_archive_on_disk_is_not_fetched_again(server, mini_root, download, tmp_path):
    write_voc_archive(server[0] / "voc.tar", mini_root)
    text = settings_text(server, "voc.tar")
    (tmp_path / "downloads").mkdir()
    (server[0] / "voc.tar").rename(tmp_path / "downloads" / "voc.tar")
    check_done(download(text))
    assert (tmp_path / "VOC" / "JPEGImages").is_dir()
