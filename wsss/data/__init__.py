"""Photos, tags, masks, and the two artifacts that flow between stages: score maps (HDF5) and label
maps (PNG).
"""
