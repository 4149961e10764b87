"""Image-level classifiers whose score maps localise: the first stage.

One method a file, one entry in registry.py.
"""
