"""The download of VOC and SBD against a local server with small archives of the same layout, broken
ones included.
"""

import functools
import hashlib
import http.server
import io
import json
import tarfile
import threading

import numpy as np
import pytest
from scipy.io import savemat

from wsss.data.images import read_labels
from wsss.data.index import Index


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()


def add(tar, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))


def voc_archive(path, mini_root):
    """The drawn photos as VOCtrainval: train lists four of them, val two; two more are SBD's."""
    with tarfile.open(path, "w") as tar:
        for file in sorted(mini_root.rglob("*")):
            name = file.relative_to(mini_root)
            if file.is_file() and "ImageSets" not in name.parts:
                add(tar, f"VOCdevkit/VOC2012/{name}", file.read_bytes())
        lists = {"train": [0, 1, 2, 3], "val": [4, 5]}
        for split, numbers in lists.items():
            text = "".join(f"train_{k:04d}\n" for k in numbers)
            add(tar, f"VOCdevkit/VOC2012/ImageSets/Segmentation/{split}.txt", text.encode())


def sbd_archive(path):
    with tarfile.open(path, "w:gz") as tar:
        for k in (1, 4, 6, 7):
            buffer = io.BytesIO()
            mask = np.full((72, 96), k % 7, np.uint8)
            savemat(buffer, {"GTcls": {"Segmentation": mask, "Boundaries": np.zeros(1)}})
            add(tar, f"benchmark_RELEASE/dataset/cls/train_{k:04d}.mat", buffer.getvalue())


def settings(server, voc, sbd="none.tgz"):
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


def download(run_stage, tmp_path, text, *more):
    return run_stage(
        "download_voc",
        "--out",
        tmp_path / "VOC",
        "--downloads",
        tmp_path / "downloads",
        "--settings",
        text,
        *more,
    )


def test_trainaug_is_train_and_sbd_without_val(server, mini_root, run_stage, tmp_path):
    voc_archive(server[0] / "voc.tar", mini_root)
    sbd_archive(server[0] / "sbd.tgz")
    done = download(run_stage, tmp_path, settings(server, "voc.tar", "sbd.tgz"), "--trainaug")
    assert done.returncode == 0, done.stderr
    root = tmp_path / "VOC"
    listed = (root / "ImageSets/Segmentation/trainaug.txt").read_text().split()
    assert listed == [f"train_{k:04d}" for k in (0, 1, 2, 3, 6, 7)]
    assert (read_labels(root / "SegmentationClassAug/train_0006.png") == 6).all()
    own = (root / "SegmentationClass/train_0001.png").read_bytes()
    assert (root / "SegmentationClassAug/train_0001.png").read_bytes() == own
    done = run_stage(
        "make_index",
        "--name",
        "voc",
        "--data-root",
        root,
        "--train-split",
        "trainaug",
        "--out",
        tmp_path / "index.json",
    )
    assert done.returncode == 0, done.stderr
    index = Index.load(tmp_path / "index.json")
    splits = index.splits
    assert (len(splits["train"]), len(splits["val"]), len(splits["trainaug"])) == (4, 2, 6)
    assert (
        sorted(splits["tune"] + splits["fit"]) == sorted(splits["trainaug"])
        and len(splits["tune"]) <= 2
    )
    masks = {photo.id: photo.mask for photo in index.photos.values()}
    assert masks["train_0001"] == "SegmentationClass/train_0001.png"
    assert masks["train_0006"] == "SegmentationClassAug/train_0006.png"


def refused(done, tmp_path, *words):
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith("error: ")
    for word in words:
        assert word in line, line
    assert not (tmp_path / "VOC").exists()


def test_broken_archives_are_one_line(server, mini_root, run_stage, tmp_path):
    folder, _ = server
    voc_archive(folder / "voc.tar", mini_root)
    wrong = json.loads(settings(server, "voc.tar"))
    refused(
        download(run_stage, tmp_path, json.dumps({**wrong, "voc_md5": "1" * 32})),
        tmp_path,
        "voc.tar",
        "1" * 32,
    )
    refused(
        download(run_stage, tmp_path, settings(server, "absent.tar")),
        tmp_path,
        "absent.tar",
        "data_root",
    )
    (folder / "half.tar").write_bytes((folder / "voc.tar").read_bytes()[:5000])
    refused(download(run_stage, tmp_path, settings(server, "half.tar")), tmp_path, "half.tar")
    (folder / "text.tar").write_text("no archive")
    refused(
        download(run_stage, tmp_path, settings(server, "text.tar")),
        tmp_path,
        "text.tar",
        "unpacked",
    )
    with tarfile.open(folder / "other.tar", "w") as tar:
        add(tar, "readme", b"hello")
    refused(download(run_stage, tmp_path, settings(server, "other.tar")), tmp_path, "JPEGImages")


def test_archive_that_leaves_its_folder_is_refused(server, run_stage, tmp_path):
    with tarfile.open(server[0] / "evil.tar", "w") as tar:
        add(tar, "../../evil.txt", b"x")
    refused(download(run_stage, tmp_path, settings(server, "evil.tar")), tmp_path, "evil.tar")
    assert not list(tmp_path.parent.rglob("evil.txt"))


def test_archive_on_disk_is_not_fetched_again(server, mini_root, run_stage, tmp_path):
    voc_archive(server[0] / "voc.tar", mini_root)
    text = settings(server, "voc.tar")
    (tmp_path / "downloads").mkdir()
    (server[0] / "voc.tar").rename(tmp_path / "downloads" / "voc.tar")
    done = download(run_stage, tmp_path, text)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "VOC" / "JPEGImages").is_dir()
