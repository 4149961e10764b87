"""Affinities between nearby pixels, learned from the confident areas of score maps, and the random
walks that spread maps along them.
"""
