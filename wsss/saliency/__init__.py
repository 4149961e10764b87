"""Saliency: where a photo has an object of any class.

Maps of the user's, from contrast alone, or from a trained network.
"""
