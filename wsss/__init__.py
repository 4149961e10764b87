"""Weakly supervised semantic segmentation: the library that the scripts in stages/ import.

A folder is a room, a subject; rooms import each other one way only, lowest first: run, data, nets, crf, losses, training;
then the methods by what they make, superpixels, classify, cams, seeds, affinity, labels, segment, saliency; then export,
score, report; and plan, which turns settings and recipes into jobs. Numeric code knows arrays and tensors only; paths and
settings belong to the stages.
"""
