"""Reads a box of VOC's XML, whose pixels count from 1, the last one included."""

import xml.etree.ElementTree as ElementTree

SIDES = ("xmin", "ymin", "xmax", "ymax")


def read_corners(box: ElementTree.Element) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a <bndbox>, in pixels from 0, the right and lower ones behind
    the last pixel. ValueError for a side that is missing or no number.
    """
    found = []
    for side in SIDES:
        text = box.findtext(side)
        if text is None:
            raise ValueError(f"a box lacks <{side}>")
        found.append(float(text))
    left, top, right, bottom = found
    return left - 1, top - 1, right, bottom
