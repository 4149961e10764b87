"""Affinities between nearby pixels, learned from the sure parts of score maps, and the walks that spread maps by them."""
