"""Pseudo-labels from score maps and photos.

Each method has a file of its own and an entry in registry.py.
"""
