"""Superpixels: a photo cut into small connected regions of similar colour."""
