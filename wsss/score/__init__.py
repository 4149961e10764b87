"""Scores: against true masks (mIoU, boundary IoU, precision and recall, threshold curves), against
boxes and tags, and of the agreement between steps. Figures are in percent.
"""
