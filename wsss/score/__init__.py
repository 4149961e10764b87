"""Scores against true masks: confusion matrices, IoU, precision and recall, threshold curves. mIoU
is in percent.
"""
