"""Affinities between nearby pixels, learned from the confident parts of score maps, and the walks
that spread maps by them.
"""
