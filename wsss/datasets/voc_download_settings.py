"""Settings of the download of PASCAL VOC 2012 and SBD."""

from wsss.run.settings import Settings


class DownloadSettings(Settings):
    """Where PASCAL VOC 2012 and SBD are downloaded from when data_root is null."""

    voc_url: str = "https://thor.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar"
    """archive of VOC 2012 train and val"""
    voc_md5: str = "6cd6e144f989b92b3379bac3b3de84fd"
    """md5 that the archive of VOC must have"""
    sbd_url: str = (
        "https://www2.eecs.berkeley.edu/Research/Projects/CS/vision/grouping/semantic_contours/"
        "benchmark.tgz"
    )
    """archive of SBD, whose masks are needed for trainaug"""
    sbd_md5: str = "82b4d87ceb2ed10f6038a1cba92111cb"
    """md5 that the archive of SBD must have"""
