"""Settings of the download of COCO."""

from wsss.run.settings import Settings


class CocoDownloadSettings(Settings):
    """Where COCO is downloaded from when data_root is null: 20 GB, which need 40 GB of disk."""

    url: str = "http://images.cocodataset.org"
    """the folder of zips/train2014.zip, zips/val2014.zip, annotations/annotations_trainval2014.zip
    and those of 2017"""
    train2014_md5: str = "0da8c0bd3d6becc4dcb32757491aca88"
    """md5 that the archive train2014.zip must have"""
    val2014_md5: str = "a3d79f5ed8d289b7a7554ce06a5782b3"
    """md5 of val2014.zip"""
    annotations2014_md5: str = "0a379cfc70b0e71301e0f377548639bd"
    """md5 of annotations_trainval2014.zip"""
    train2017_md5: str = "cced6f7f71b7629ddf16f17bbcfab6b2"
    """md5 of train2017.zip"""
    val2017_md5: str = "442b8da7639aecaf257c1dceb8ba8c80"
    """md5 of val2017.zip"""
    annotations2017_md5: str = "f4bbac642086de4f52a3fdda2de5fa2c"
    """md5 of annotations_trainval2017.zip"""
