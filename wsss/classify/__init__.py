"""Image-level classifiers whose class maps localise: the first step of a recipe.

Each method has its own file and an entry in registry.py.
"""
