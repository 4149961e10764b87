"""Superpixels: a photo cut into small regions of one colour, each in one piece."""
