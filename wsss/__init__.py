"""Weakly supervised semantic segmentation: the library that the scripts in stages/ import.

Each folder is a subject, and folders import one way only. Lowest first: run, data, nets, crf,
losses, training; then the methods by what they make, superpixels, classify, cams, seeds, affinity,
labels, segment, saliency; then export, score, report; and plan, which turns settings and recipes
into jobs. Numeric code knows arrays and tensors only; paths and settings belong to the stages.
"""

__version__ = "0.2.0"
