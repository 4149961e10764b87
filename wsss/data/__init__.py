"""The formats of the program itself: the index of photos, and the artifacts that flow between
stages, such as score maps (HDF5) and label maps (PNG).
"""
