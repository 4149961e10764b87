"""Weakly supervised semantic segmentation: the library that the scripts in stages/ import.

A folder may import those named before it, never those after it: run, data, nets, crf, losses,
training; then the methods by what they produce: superpixels, classify, cams, seeds, affinity,
labels, segment, saliency; then export, score, report; and plan, which turns settings and recipes
into jobs. Numeric functions take arrays, tensors and settings. The stages read and write the files.
"""

__version__ = "0.2.0"
