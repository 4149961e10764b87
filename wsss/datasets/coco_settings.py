"""Settings of the dataset COCO."""

from typing import Literal

from wsss.run.settings import Settings


class CocoSettings(Settings):
    """COCO in its official layout: annotations/instances_train2017.json, train2017/ and the same
    for val, or 2014.
    """

    year: Literal[2014, 2017] | None = None
    """2014 has 82,783 photos in train and 40,504 in val, 2017 has 118,287 and 5,000; null takes the
    year that data_root has, and 2014 if it has both or is null"""
    classes: Literal["own", "voc"] = "own"
    """voc gives the photos VOC's 20 classes, by VOC's names, so that they train a system for VOC;
    objects of other classes are background then"""
    without: str | None = None
    """a folder of photos, such as JPEGImages of VOC: photos of train that are, or resemble, one of
    them are left out"""
    leave_out_faulty: bool = False
    """true leaves out faulty photos and annotations, such as annotations without a photo; false
    refuses them; the log of the index lists all"""
