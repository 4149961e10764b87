"""Saliency maps: how surely each pixel belongs to an object of any class.

They come from the user, from contrast alone, or from a trained network.
"""
