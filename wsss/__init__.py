"""Weakly supervised semantic segmentation: the library that the scripts in stages/ import.

A folder is a subject: data, nets, training, classify, cams, seeds, affinity, labels, segment, score, report.
Numeric code knows arrays and tensors only; paths and settings belong to the stages.
"""
