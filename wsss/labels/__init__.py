"""Pseudo-labels: score maps and photos in, palette PNGs out.

One method a file, one entry in registry.py.
"""
